#!/usr/bin/env bash
# Do real validators accept and refuse declarations with mcpgen's JSON Schema as `mcpgen check` does?
#
#   tests/declarations/schema.sh PATH-TO-MCPGEN
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bench=schema
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/declarations/schema.sh PATH-TO-MCPGEN' "$@"
need 'nodejs npm' node npm
make_scratch

node "$here/schema.mjs" "$mcpgen" "$scratch"
