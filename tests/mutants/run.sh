#!/usr/bin/env bash
# Changes the code of rules that must not fail (cargo-mutants), and lists the changes that no test finds.
#
#   tests/mutants/run.sh [OPTION…]            the modules that use no other module, in a small crate of their own, which
#                                             is built in seconds for each change
#   tests/mutants/run.sh --program [OPTION…]  the plan and the ledger, with tests of whole commands too (program.mjs)
#   tests/mutants/run.sh --whole [OPTION…]    the arguments of the bridge, with the unit tests of the whole program
#
# Options of cargo-mutants may follow, for example -f 'src/secret/**'. The results are in target/mutants.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if ! cargo mutants --version >/dev/null 2>&1; then
  echo "mutants: \`cargo-mutants\` is not installed: cargo install --locked cargo-mutants@27.1.0" >&2
  exit 1
fi
# Debug information takes longer than the tests.
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0
# A test of the time that masking takes would take most of the time of a run, and fails if the machine is busy.
tests=(--skip masking_takes_time)

if [ "${1-}" = --program ]; then
  shift
  exec node tests/mutants/program.mjs -f src/plan.rs -f 'src/plan/**' -f src/ledger.rs -f 'src/ledger/**' "$@"
fi

if [ "${1-}" = --whole ]; then
  shift
  mkdir -p target/mutants
  exec cargo mutants --output target/mutants/whole -f src/auth/call.rs -f 'src/auth/call/**' "$@" -- --lib -- \
    "${tests[@]}"
fi

leaves=(
  auth/javascript.rs auth/key.rs display.rs document/depth.rs document/splice.rs http/guard.rs model/url.rs placeholder
  placeholder.rs secret secret.rs wildcard.rs
)
crate=target/mutants/leaves
rm -rf "$crate/src"
for path in "${leaves[@]}"; do
  mkdir -p "$crate/src/$(dirname "$path")"
  cp -r "src/$path" "$crate/src/$path"
done
cp tests/mutants/rows.rs "$crate/src/rows_of_the_recognizer.rs"
mkdir "$crate/src/rows_of_the_recognizer"
cp -r tests/recognized "$crate/src/rows_of_the_recognizer/"
cat >"$crate/src/lib.rs" <<'RUST'
#![allow(dead_code, unused_imports)]
mod display;
mod placeholder;
mod secret;
mod wildcard;
mod auth {
    mod javascript;
    mod key;
}
mod document {
    mod depth;
    mod splice;
}
mod http {
    mod guard;
}
mod model {
    mod url;
}
#[cfg(test)]
mod rows_of_the_recognizer;
RUST
# The manifest of the program without its targets and lints.
awk '/^\[/ { skip = /^\[\[|^\[lib|^\[lints/ } !skip' Cargo.toml >"$crate/Cargo.toml"
printf '\n[lib]\ndoctest = false\n\n[workspace]\n' >>"$crate/Cargo.toml"
cp Cargo.lock "$crate/"
cd "$crate"
exec cargo mutants --in-place --timeout 20 -f 'src/auth/**' -f src/display.rs -f src/document/depth.rs -f 'src/http/**' \
  -f 'src/model/**' -f 'src/secret/**' "$@" -- --lib -- "${tests[@]}"
