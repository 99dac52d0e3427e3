#!/usr/bin/env bash
# Does `mcpgen bridge` do what mcp-remote does, and is it never worse? The same checks run over both: with real
# servers, details of the transports, and bad input from either side.
#
#   tests/bridge/run.sh PATH-TO-MCPGEN [PART…]
#
# A PART is everything, fastmcp, transport or bad.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bench=bridge
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/bridge/run.sh PATH-TO-MCPGEN [PART…]' "$@"
need 'nodejs npm python3-venv openssl' node npm python3 openssl
make_scratch

node "$here/compare.mjs" "$mcpgen" "$scratch" "${@:2}"
