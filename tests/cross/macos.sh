#!/usr/bin/env bash
# Type-checks mcpgen and its tests for macOS with clippy, which also does what `cargo check` does. Nothing runs.
#
# The standard library is checked from its sources (toolchain.sh). The C compiler for the build script of ring is
# ziglang from PyPI, which has the headers of macOS; it is installed once, into mcpgen-ci in the user's cache directory.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cd "$here/../.."

version=0.17.1
target=aarch64-apple-darwin
zig=${XDG_CACHE_HOME:-$HOME/.cache}/mcpgen-ci/ziglang-$version
if ! "$zig/bin/python" -m ziglang version >/dev/null 2>&1; then
  echo "macos: installing ziglang $version" >&2
  # pip's own messages name the index, which may be a private one.
  if ! { python3 -m venv "$zig" && "$zig/bin/pip" install "ziglang==$version"; } >/dev/null 2>&1; then
    echo "macos: cannot install ziglang: python3 -m venv $zig && $zig/bin/pip install ziglang==$version" >&2
    exit 1
  fi
fi

toolchain=$("$here/toolchain.sh")
export PATH=$toolchain/bin:$PATH RUSTC_BOOTSTRAP=1
export CC_aarch64_apple_darwin=$here/zig-cc.sh AR_aarch64_apple_darwin=$here/zig-ar.sh
export ZIG_PYTHON=$zig/bin/python SDKROOT=/
# Not where other builds are: RUSTC_BOOTSTRAP makes cargo build the macros of both anew.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/cross
cargo clippy --quiet --locked --all-targets -Z build-std=std,panic_abort --target "$target" -- -D warnings
echo "macos: mcpgen and its tests type-check for $target"
