#!/usr/bin/env bash
# Does a sign-in work in reality? `mcpgen login` with the official conformance suite and real servers, then every era
# of mcp-remote with the sign-in that it stored.
#
#   tests/login/run.sh PATH-TO-MCPGEN [PART…]
#
# A PART is conformance, versions, clients, concurrency, accounts or enterprise.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bench=login
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/login/run.sh PATH-TO-MCPGEN [PART…]' "$@"
need 'nodejs npm python3-venv' node npm python3
make_scratch

node "$here/login-bench.mjs" "$mcpgen" "$scratch" "${@:2}"
