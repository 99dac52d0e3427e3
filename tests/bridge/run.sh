#!/usr/bin/env bash
# Does `mcpgen bridge` do what mcp-remote does, and is it never worse? The same checks run over both of them, side by
# side: real servers, details of the transports, and bad input from either side.
#
#   tests/bridge/run.sh PATH-TO-MCPGEN [PART…]
#
# A PART is everything, fast, transport or bad. Bridge and servers come from npm and PyPI, once, into $MCPGEN_PEERS
# (default: mcpgen-peers in the user's cache folder).
set -euo pipefail

if [ $# -lt 1 ] || [ ! -x "$1" ]; then
  echo "usage: tests/bridge/run.sh PATH-TO-MCPGEN [PART…]" >&2
  exit 2
fi

for program in node npm python3 openssl; do
  if ! command -v "$program" >/dev/null; then
    echo "bridge: \`$program\` is not installed; on Debian: apt-get install nodejs npm python3-venv openssl" >&2
    exit 1
  fi
done

scratch=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/mcpgen-bridge.XXXXXX")" && pwd -P)
trap 'rm -rf "$scratch"' EXIT

node "$(dirname "${BASH_SOURCE[0]}")/bridge.mjs" "$1" "$scratch" "${@:2}"
