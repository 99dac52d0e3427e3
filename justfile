# The recipes of this repository; `just` without arguments lists them.
default:
    @just --list --unsorted

# every test
test:
    cargo test --locked

# what every commit must pass
check:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items --quiet

# format and lints of JavaScript, JSON and shell (needs npm and shellcheck)
lint *OPTIONS:
    tests/lint.sh {{OPTIONS}}

# licences, duplicate and banned dependencies (needs cargo-deny)
deny:
    cargo deny check bans licenses sources

# rewrite golden files, generated docs and snapshots; read the diff afterwards
bless:
    MCPGEN_BLESS=1 cargo test --locked

# rewrite the table of options in docs/nix.md
bless-nix:
    cargo build --locked
    tests/nix/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --bless

# real clients from npm and PyPI read what apply wrote (needs node, npm and python3.12)
accept:
    cargo build --locked
    tests/accept/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --all

# secrets from real stores reach real servers and appear nowhere else (needs what tests/stores/run.sh names)
stores:
    cargo build --locked
    tests/stores/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# sign-ins with the conformance suite, real servers and bridges of every era (needs node, npm and python3)
login:
    cargo build --locked
    tests/login/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# the native bridge beside mcp-remote, with real servers and bad ones (needs node, npm, python3 and openssl)
bridge:
    cargo build --locked
    tests/bridge/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"
    tests/bridge/signed.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# the flake's checks without Nix or GitHub (needs apt, python3, jq; with Nix: nix flake check)
nix:
    cargo build --locked
    tests/nix/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# plants faults in flake and module; the checks must notice each
nix-mutants:
    cargo build --locked
    tests/nix/mutants.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# speed beside other tools, written to docs/performance.md (needs hyperfine and valgrind)
bench:
    benches/run.sh

# `mcpgen bridge` beside mcp-remote, written to docs/bridge-speed.md (needs node, npm and openssl)
bench-bridge:
    cargo build --release --locked
    node benches/bridge-speed.mjs "${CARGO_TARGET_DIR:-target}/release/mcpgen" | tee docs/bridge-speed.md

# a hundred calls a second through one bridge for an hour (needs node, npm and python3)
soak:
    cargo build --release --locked
    SOAK_SECONDS=3600 tests/bridge/signed.sh "${CARGO_TARGET_DIR:-target}/release/mcpgen" soak

# how real bridges of every era interpret their arguments, written to tests/keys/recorded.json (15 minutes)
keys:
    tests/keys/record-keys.mjs
