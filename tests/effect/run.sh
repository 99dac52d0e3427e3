#!/usr/bin/env bash
# Does what mcpgen wrote take effect? Each client runs in a scratch home, and a scripted model calls the tools.
#
#   tests/effect/run.sh PATH-TO-MCPGEN [CLIENT… | --quick | --planted] [--record]
#
# First, planted clients misbehave, and the bench must find exactly what they do wrong. With --planted, only they run.
# With --quick, only the clients run that take a few seconds and need no Python. --record writes the results to
# recorded.json, and docs/measurements/effect.md from it.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bench=effect
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/effect/run.sh PATH-TO-MCPGEN [CLIENT… | --quick | --planted] [--record]' "$@"
need 'nodejs npm' node npm
make_scratch

node "$here/effect.mjs" "$mcpgen" "$scratch" "${@:2}"
