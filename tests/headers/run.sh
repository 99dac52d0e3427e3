#!/usr/bin/env bash
# Do real clients work with the headers that `mcpgen headers` prints? Each client connects to the URL of a real server
# with a sign-in, without a bridge. In the middle of a session, the token expires, or the server refuses it.
#
#   tests/headers/run.sh PATH-TO-MCPGEN [CLIENT… | --quick] [--record]
#
# With --quick, fastmcp and its waiting times are left out. --record writes the results to recorded.json, and
# docs/measurements/headers.md from it.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bench=headers
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/headers/run.sh PATH-TO-MCPGEN [CLIENT… | --quick] [--record]' "$@"
need 'nodejs npm python3-venv' node npm python3
make_scratch

node "$here/headers-bench.mjs" "$mcpgen" "$scratch" "${@:2}"
