#!/usr/bin/env bash
# How do mcpgen and mcp-remote handle sign-ins where servers deviate? Fails if mcpgen is worse in any situation.
#
#   tests/sign-in-table/run.sh PATH-TO-MCPGEN [--quick] [--write FILE] [PART-OF-A-NAME…]
#   tests/sign-in-table/run.sh PATH-TO-MCPGEN --advice
#
# --quick runs one situation of each kind. --write FILE writes the table as a document. --advice types what mcpgen's
# messages say, in the situations in which they appear.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bench=sign-in-table
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/sign-in-table/run.sh PATH-TO-MCPGEN [--quick] [--write FILE] [PART-OF-A-NAME…]' "$@"
need 'nodejs npm python3-venv' node npm python3
make_scratch

if [ "${2-}" = --advice ]; then
  need bsdutils script
  node "$here/advised.mjs" "$mcpgen" "$scratch"
else
  node "$here/table.mjs" "$mcpgen" "$scratch" "${@:2}"
fi
