#!/usr/bin/env bash
# Clang of ziglang for macOS. The options that the cc crate passes for Apple's own compiler are dropped.
set -euo pipefail
kept=()
for argument; do
  case $argument in
    --target=* | -mmacosx-version-min=* | -arch | arm64) ;;
    *) kept+=("$argument") ;;
  esac
done
exec "$ZIG_PYTHON" -m ziglang cc -target aarch64-macos "${kept[@]}"
