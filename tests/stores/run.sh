#!/usr/bin/env bash
# Do secrets come out of real stores, reach real servers, and appear nowhere else?
#
#   tests/stores/run.sh PATH-TO-MCPGEN
#
# The stores are a Secret Service (gnome-keyring) and pass, made for this run alone. The servers are mcp-atlassian and
# mcp-remote. 1Password's program cannot be installed here: a stand-in follows the documentation of `op read`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
bench=stores
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"
take_mcpgen 'tests/stores/run.sh PATH-TO-MCPGEN' "$@"
need 'nodejs npm dbus gnome-keyring gnupg pass procps python3-venv util-linux' \
  node npm python3 unshare dbus-daemon gnome-keyring-daemon gpg pass pgrep
make_scratch
trap 'gpgconf --homedir "$scratch/home/.gnupg" --kill all 2>/dev/null; rm -rf "$scratch"' EXIT
mkdir "$scratch/home"
mkdir -m 700 "$scratch/home/.gnupg" "$scratch/run"

# The servers are installed with the caller's own environment.
node "$here/install-servers.mjs"

# Everything below has its own home, runtime directory and message bus.
peers=${MCPGEN_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/mcpgen-peers}
clean=(env -i HOME="$scratch/home" XDG_RUNTIME_DIR="$scratch/run" PATH="$PATH" MCPGEN_PEERS="$peers")
"${clean[@]}" dbus-daemon --session --nofork --address="unix:path=$scratch/run/bus" &
bus=$!
trap 'kill "$bus"; gpgconf --homedir "$scratch/home/.gnupg" --kill all 2>/dev/null; rm -rf "$scratch"' EXIT
until [ -S "$scratch/run/bus" ]; do
  if ! kill -0 "$bus"; then
    echo 'stores: dbus-daemon has ended' >&2
    exit 1
  fi
  sleep 0.05
done
"${clean[@]}" DBUS_SESSION_BUS_ADDRESS="unix:path=$scratch/run/bus" node "$here/stores.mjs" "$mcpgen" "$scratch"
