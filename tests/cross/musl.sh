#!/usr/bin/env bash
# Type-checks mcpgen for musl, which releases for Linux are built for, with clippy. A release has another memory allocator
# than other builds (src/allocator.rs). Nothing runs.
#
# The standard library is checked from its sources (toolchain.sh).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cd "$here/../.."

target=x86_64-unknown-linux-musl
if ! command -v musl-gcc >/dev/null; then
  # shellcheck disable=SC2016 # a command to type
  echo 'musl: `musl-gcc` is not installed; on Debian: apt-get install musl-tools' >&2
  exit 1
fi
toolchain=$("$here/toolchain.sh")
export PATH=$toolchain/bin:$PATH RUSTC_BOOTSTRAP=1
# Not where other builds are: RUSTC_BOOTSTRAP makes cargo build the macros of both anew.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/cross
cargo clippy --quiet --locked -Z build-std=std,panic_abort --target "$target" -- -D warnings
echo "musl: mcpgen type-checks for $target"
