#!/usr/bin/env bash
# A bridge that signs in, beside mcp-remote: the official conformance suite, twenty bridges with one sign-in, real
# clients, and many calls for minutes.
#
#   tests/bridge/signed.sh PATH-TO-MCPGEN [PART…]
#
# A PART is conformance, shared, sign-in, clients, soak, or mixed, which takes minutes and runs only if it is named.
# The soak takes $SOAK_SECONDS (120); the tokens that expire soon live for $TOKEN_SECONDS (5).
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bench=bridge
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/bridge/signed.sh PATH-TO-MCPGEN [PART…]' "$@"
need 'nodejs npm python3-venv' node npm python3
make_scratch

node "$here/signed.mjs" "$mcpgen" "$scratch" "${@:2}"
