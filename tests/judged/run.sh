#!/usr/bin/env bash
# Does `mcpgen doctor` say what the clients say? Each client reads correct and incorrect files, and so does doctor.
#
#   tests/judged/run.sh PATH-TO-MCPGEN [CLIENT… | --quick] [--record]
#
# With --quick, only the clients run that start in about a second. --record writes the results to recorded.json, and
# docs/measurements/judged.md from it.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bench=judged
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/judged/run.sh PATH-TO-MCPGEN [CLIENT… | --quick] [--record]' "$@"
need 'nodejs npm' node npm
make_scratch

node "$here/judged.mjs" "$mcpgen" "$scratch" "${@:2}"
