#!/usr/bin/env bash
# A bridge that signs in, beside mcp-remote: the official conformance suite, twenty bridges on one sign-in, real clients.
#
#   tests/bridge/signed.sh PATH-TO-MCPGEN [PART…]
#
# A PART is conformance, company, sign-in, clients, soak, or mixed, which takes minutes and does not run unless it is
# named. A soak lasts for $SOAK_SECONDS (120), tokens that are soon over for $TOKEN_SECONDS (5). The servers, bridges
# and clients come from npm and PyPI, once, into $MCPGEN_PEERS (default: mcpgen-peers in the user's cache folder).
set -euo pipefail

if [ $# -lt 1 ] || [ ! -x "$1" ]; then
  echo "usage: tests/bridge/signed.sh PATH-TO-MCPGEN [PART…]" >&2
  exit 2
fi

for program in node npm python3; do
  if ! command -v "$program" >/dev/null; then
    echo "bridge: \`$program\` is not installed; on Debian: apt-get install nodejs npm python3-venv" >&2
    exit 1
  fi
done

scratch=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/mcpgen-bridge.XXXXXX")" && pwd -P)
trap 'rm -rf "$scratch"' EXIT

node "$(dirname "${BASH_SOURCE[0]}")/signed.mjs" "$1" "$scratch" "${@:2}"
