#!/usr/bin/env bash
# How do mcpgen and mcp-remote handle the sign-ins that users have reported in public? Fails if mcpgen is worse in any
# situation.
#
#   tests/sign-in-table/run.sh PATH-TO-MCPGEN [--quick] [--write FILE] [PART-OF-A-NAME…]
#
# --quick runs one situation of each kind. --write FILE writes the table as a document.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bench=sign-in-table
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/sign-in-table/run.sh PATH-TO-MCPGEN [--quick] [--write FILE] [PART-OF-A-NAME…]' "$@"
need 'nodejs npm python3-venv' node npm python3
make_scratch

node "$here/table.mjs" "$mcpgen" "$scratch" "${@:2}"
