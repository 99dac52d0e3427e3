#!/usr/bin/env bash
# Do real clients see what mcpgen wrote? Every client's own list command, or one question to it, on the files of a scratch
# home.
#
#   tests/accept/run.sh PATH-TO-MCPGEN [--all]
#
# The clients come from npm, once, into $MCPGEN_PEERS (default: mcpgen-peers in the user's cache folder): about 2 GB, and
# with --all, which runs the big ones too, 5 GB. Three of the big ones come from PyPI and want Python 3.12.
set -euo pipefail

if [ $# -lt 1 ] || [ ! -x "$1" ]; then
  echo "usage: tests/accept/run.sh PATH-TO-MCPGEN [--all]" >&2
  exit 2
fi

for program in node npm; do
  if ! command -v "$program" >/dev/null; then
    echo "accept: \`$program\` is not installed" >&2
    exit 1
  fi
done

scratch=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/mcpgen-accept.XXXXXX")" && pwd -P)
trap 'rm -rf "$scratch"' EXIT

here=$(dirname "${BASH_SOURCE[0]}")
node "$here/accept.mjs" "$1" "$scratch" "${2:-}"
node "$here/import.mjs" "$1" "$scratch" "${2:-}"
