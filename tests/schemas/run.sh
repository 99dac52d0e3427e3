#!/usr/bin/env bash
# Do the clients' own schemas accept what mcpgen writes? Every kind of server, in every client that publishes a
# schema or has a validator.
#
#   tests/schemas/run.sh PATH-TO-MCPGEN [CLIENT… | --quick] [--record]
#
# With --quick, only the validators run that need no big package and no Python 3.12. --record writes the results to
# recorded.json, and docs/measurements/schemas.md from it.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bench=schemas
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/schemas/run.sh PATH-TO-MCPGEN [CLIENT… | --quick] [--record]' "$@"
need 'nodejs npm' node npm
make_scratch

node "$here/schemas.mjs" "$mcpgen" "$scratch" "${@:2}"
