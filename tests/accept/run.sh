#!/usr/bin/env bash
# Do real clients see what mcpgen wrote? Each client lists its servers, or is asked one question, in a scratch home.
#
#   tests/accept/run.sh PATH-TO-MCPGEN [--all]
#
# Without --all, the clients take about 2 GB. With it, the big ones run too: 5 GB, and three of them need Python 3.12.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bench=accept
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/accept/run.sh PATH-TO-MCPGEN [--all]' "$@"
need 'nodejs npm' node npm
make_scratch

node "$here/clients-read.mjs" "$mcpgen" "$scratch" "${2:-}"
node "$here/clients-environment.mjs" "$mcpgen" "$scratch" "${2:-}"
node "$here/clients-import.mjs" "$mcpgen" "$scratch" "${2:-}"
node "$here/two-files.mjs" "$mcpgen" "$scratch"
node "$here/layers.mjs" "$mcpgen" "$scratch" "${2:-}"
node "$here/homes.mjs" "$mcpgen" "$scratch"
