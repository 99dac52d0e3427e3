# The recipes of this repository; `just` without arguments lists them.
default:
    @just --list --unsorted

# run every Rust test
test:
    cargo test --locked

# check format, lints and documentation of Rust; every commit must pass
check:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items --quiet

# check format and lints of JavaScript, JSON and shell; --fix corrects what it can (needs npm and shellcheck)
lint *OPTIONS:
    tests/lint.sh {{OPTIONS}}

# type-check mcpgen and its tests for macOS (needs python3, and Debian's apt or the component rust-src)
macos:
    tests/cross/macos.sh

# type-check mcpgen for musl, which releases are built for (needs musl-tools, and Debian's apt or the component rust-src)
musl:
    tests/cross/musl.sh

# run the tests that can run on Windows under Wine, and write docs/measurements/windows.md (needs what tests/cross/windows.sh names)
windows:
    tests/cross/windows.sh --record

# check licences, and find duplicate and banned dependencies (needs cargo-deny)
deny:
    cargo deny check bans licenses sources

# run each fuzz target, or the named ones, for this many seconds (needs a C++ compiler)
fuzz SECONDS="1200" *TARGETS:
    fuzz/run.sh {{SECONDS}} {{TARGETS}}

# replace the corpus of each fuzz target, or of the named ones, by a smaller one that covers as much
fuzz-minimize *TARGETS:
    fuzz/run.sh --minimize {{TARGETS}}

# change the code of the rules that must not fail, and list the changes that no test finds (needs cargo-mutants)
mutants *OPTIONS:
    tests/mutants/run.sh {{OPTIONS}}

# rewrite golden files, generated docs and snapshots; read the diff afterwards
bless:
    MCPGEN_BLESS=1 cargo test --locked

# rewrite the table of options in docs/guides/nix.md
bless-nix:
    cargo build --locked
    tests/nix/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --bless

# test that real clients from npm and PyPI read what apply wrote (needs node, npm and python3.12)
accept:
    cargo build --locked
    tests/accept/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --all

# test that tool calls of real clients reach the servers as declared, and record the results for docs/measurements/effect.md (needs node, npm and python3.12)
effect:
    cargo build --locked
    tests/effect/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --record

# test that real clients work with the headers that mcpgen prints, and record the results for docs/measurements/headers.md (needs node, npm and Python)
headers:
    cargo build --locked
    tests/headers/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --record

# test that the clients' own schemas accept what apply wrote, and record the results for docs/measurements/schemas.md (needs node, npm and python3.12)
schemas:
    cargo build --locked
    tests/schemas/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --record

# test that doctor says what real clients do with correct and incorrect files, and record the results for docs/measurements/judged.md (needs node, npm and python3.12)
judged:
    cargo build --locked
    tests/judged/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --record

# test that a secret of each scheme reaches its server in real clients, and record the results for docs/measurements/effect.md (needs what tests/effect/schemes.sh names)
schemes:
    cargo build --locked
    tests/effect/schemes.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --record

# test that secrets from real stores reach real servers and appear nowhere else (needs what tests/stores/run.sh names)
stores:
    cargo build --locked
    tests/stores/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# test sign-ins with the conformance suite, real servers and old and new bridges (needs node, npm and python3)
login:
    cargo build --locked
    tests/login/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# test the native bridge and mcp-remote with real and faulty servers (needs node, npm, python3 and openssl)
bridge:
    cargo build --locked
    tests/bridge/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"
    tests/bridge/signed.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# compare mcpgen with mcp-remote in the sign-ins of public reports, and write docs/measurements/sign-in-table.md (needs node, npm and python3)
sign-in-table:
    cargo build --locked
    tests/sign-in-table/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --write docs/measurements/sign-in-table.md
    tests/sign-in-table/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --advice

# run the flake's checks without Nix or GitHub (needs apt, python3 and jq; with Nix: nix flake check)
nix:
    cargo build --locked
    tests/nix/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# add errors to the flake and the module; the checks must find each of them
nix-mutants:
    cargo build --locked
    tests/nix/mutants.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# run the activations on the real home-manager (tests/nix/real.sh names the directories that it needs)
nix-real:
    cargo build --locked
    tests/nix/real.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# build the archives of a release for Linux, in target/release-artifacts (needs musl-tools, jq, npm, and Rust's x86_64-unknown-linux-musl)
release:
    release/build.sh

# install each archive of a release on bare Debian roots, and use mcpgen there (needs root, debootstrap, node and npm)
release-try:
    release/try.sh

# check the workflow of releases (needs python3)
release-lint:
    release/lint.sh

# measure the speed of mcpgen and other tools, and write docs/measurements/performance.md (needs hyperfine, strace and valgrind)
bench:
    benches/run.sh

# measure the speed of `mcpgen bridge` and mcp-remote, and write docs/measurements/bridge-speed.md (needs node, npm and openssl)
bench-bridge:
    cargo build --release --locked
    node benches/bridge-speed.mjs "${CARGO_TARGET_DIR:-target}/release/mcpgen" > docs/measurements/bridge-speed.md.new; \
        code=$?; [ -s docs/measurements/bridge-speed.md.new ] && mv docs/measurements/bridge-speed.md.new docs/measurements/bridge-speed.md; exit $code

# measure the cost of hiding tools, and write docs/measurements/tool-filter.md (needs node)
bench-tools:
    cargo build --release --locked
    node benches/tool-filter.mjs "${CARGO_TARGET_DIR:-target}/release/mcpgen" > docs/measurements/tool-filter.md.new; \
        code=$?; [ -s docs/measurements/tool-filter.md.new ] && mv docs/measurements/tool-filter.md.new docs/measurements/tool-filter.md; exit $code

# send a hundred calls per second through one bridge for an hour (needs node, npm and python3)
soak:
    cargo build --release --locked
    SOAK_SECONDS=3600 tests/bridge/signed.sh "${CARGO_TARGET_DIR:-target}/release/mcpgen" soak

# record how real bridges, old and new, interpret their arguments, in tests/keys/recorded.json (15 minutes)
keys:
    tests/keys/record-keys.mjs

# build the documents as a book in target/book, and check its links (needs python3)
book:
    docs/book/build.sh

# record the terminal session of the README in docs/session.svg (needs python3 and openssl)
session:
    cargo build --locked
    docs/session/record.py "${CARGO_TARGET_DIR:-target}/debug"

# press Tab in real shells in tmux, and record the results for docs/reference/completions.md (needs what tests/completions/run.sh names)
completions:
    cargo build --locked
    tests/completions/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen" --record tests/completions/recorded.txt

# render the man pages with groff and mandoc, which must not warn (needs groff and mandoc)
manual:
    cargo build --locked
    tests/manual/run.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"

# test that real validators judge declarations with the JSON Schema as `mcpgen check` does (needs node, npm and python3)
declaration-schema:
    cargo build --locked
    tests/declarations/schema.sh "${CARGO_TARGET_DIR:-target}/debug/mcpgen"
