#!/usr/bin/env bash
# Does a secret of each scheme reach its server in each client, or does mcpgen say that it does not?
#
#   tests/effect/schemes.sh PATH-TO-MCPGEN [CLIENT… | --quick] [--record]
#
# The stores are a Secret Service (gnome-keyring) and pass, made for this run alone. With --quick, three clients run: one
# that passes its whole environment, one that clears it, and one that removes secrets. --record writes the results to
# schemes.json, and docs/measurements/effect.md from it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
bench=schemes
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/effect/schemes.sh PATH-TO-MCPGEN [CLIENT… | --quick] [--record]' "$@"
need 'nodejs npm dbus gnome-keyring gnupg pass' node npm dbus-run-session gnome-keyring-daemon gpg pass
make_scratch
mkdir -m 700 "$scratch/run" "$scratch/stores" "$scratch/stores/.gnupg"
trap 'gpgconf --homedir "$scratch/stores/.gnupg" --kill all 2>/dev/null; rm -rf "$scratch"' EXIT

# The message bus may start a keyring itself, which must not be the one of the user.
home=$HOME
HOME=$scratch/stores XDG_RUNTIME_DIR=$scratch/run dbus-run-session -- \
  env HOME="$home" node "$here/schemes.mjs" "$mcpgen" "$scratch" "${@:2}"
