# What there is to do here; `just` alone lists it.
default:
    @just --list --unsorted

# every test
test:
    cargo test --locked

# what a change must pass before it is committed
check:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items --quiet

# format and lints of JavaScript, JSON and shell (needs npm and shellcheck)
lint *OPTIONS:
    tests/lint.sh {{OPTIONS}}

# licences, duplicate and unwanted dependencies (wants cargo-deny)
deny:
    cargo deny check bans licenses sources

# rewrite golden files, generated docs and snapshots; then read the diff
bless:
    MCPGEN_BLESS=1 cargo test --locked

# rewrite the table of options in docs/nix.md
bless-nix:
    cargo build --locked
    tests/nix/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --bless

# real clients from npm and PyPI read what apply wrote (wants node, npm and python3.12)
accept:
    cargo build --locked
    tests/accept/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --all

# secrets from real stores reach real servers and show nowhere else (wants what tests/stores/run.sh names)
stores:
    cargo build --locked
    tests/stores/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# a sign-in with the conformance suite, real servers and bridges of every era (wants node, npm and python3)
login:
    cargo build --locked
    tests/login/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# the native bridge beside mcp-remote, with real servers and bad ones (wants node, npm, python3 and openssl)
bridge:
    cargo build --locked
    tests/bridge/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"
    tests/bridge/signed.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# the flake's checks, without Nix installed or GitHub (wants apt, python3, jq; with Nix: nix flake check)
nix:
    cargo build --locked
    tests/nix/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# plants faults in flake and module, and expects the checks to notice each
nix-mutants:
    cargo build --locked
    tests/nix/mutants.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# speed beside other tools, written to docs/performance.md (wants hyperfine and valgrind)
bench:
    benches/run.sh

# `mcpgen bridge` beside mcp-remote, written to docs/bridge-speed.md (wants node, npm and openssl)
bench-bridge:
    cargo build --release --locked
    node benches/bridge.mjs "${CARGO_TARGET_DIR:-target}/release/mcpgen" | tee docs/bridge-speed.md

# an hour of a hundred calls a second through one bridge (wants node, npm and python3)
soak:
    cargo build --release --locked
    SOAK_SECONDS=3600 tests/bridge/signed.sh "${CARGO_TARGET_DIR:-target}/release/mcpgen" soak

# what real bridges of every era make of their arguments, written to tests/keys/recorded.json (a quarter of an hour)
keys:
    tests/keys/record.mjs
