#!/usr/bin/env bash
# Does a sign-in hold in reality? `mcpgen login` against the official conformance suite and real servers, then real
# bridges, of every era, on the cache that it has seeded.
#
#   tests/login/run.sh PATH-TO-MCPGEN [PART…]
#
# A PART is conformance, peers, clients or company. The servers, bridges and clients come from npm and PyPI, once,
# into $MCPGEN_PEERS (default: mcpgen-peers in the user's cache folder).
set -euo pipefail

if [ $# -lt 1 ] || [ ! -x "$1" ]; then
  echo "usage: tests/login/run.sh PATH-TO-MCPGEN [PART…]" >&2
  exit 2
fi

for program in node npm python3; do
  if ! command -v "$program" >/dev/null; then
    echo "login: \`$program\` is not installed; on Debian: apt-get install nodejs npm python3-venv" >&2
    exit 1
  fi
done

scratch=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/mcpgen-login.XXXXXX")" && pwd -P)
trap 'rm -rf "$scratch"' EXIT

node "$(dirname "${BASH_SOURCE[0]}")/login.mjs" "$1" "$scratch" "${@:2}"
