#!/usr/bin/env bash
# Do secrets come out of real stores, reach real servers, and show nowhere else?
#
#   tests/stores/run.sh PATH-TO-MCPGEN
#
# The stores are a Secret Service (gnome-keyring) and pass, each made for this run alone. The servers are mcp-atlassian
# from PyPI and mcp-remote from npm, installed once into $MCPGEN_PEERS (default: mcpgen-peers in the user's cache folder).
# 1Password's program cannot be had: a stand-in follows the documented contract of `op read`.
set -euo pipefail

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
  echo "usage: tests/stores/run.sh PATH-TO-MCPGEN" >&2
  exit 2
fi

for program in node npm python3 dbus-run-session gnome-keyring-daemon gpg pass; do
  if ! command -v "$program" >/dev/null; then
    echo "stores: \`$program\` is not installed; on Debian: apt-get install dbus gnome-keyring gnupg pass python3-venv" >&2
    exit 1
  fi
done

mcpgen=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
peers=${MCPGEN_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/mcpgen-peers}
atlassian=$peers/mcp-atlassian
version=0.23.1
if [ "$(cat "$atlassian/installed" 2>/dev/null)" != "$version" ]; then
  echo "stores: installing mcp-atlassian $version" >&2
  rm -rf "$atlassian"
  python3 -m venv "$atlassian"
  "$atlassian/bin/pip" install --quiet --disable-pip-version-check "mcp-atlassian==$version"
  echo "$version" >"$atlassian/installed"
fi

scratch=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/mcpgen-stores.XXXXXX")" && pwd -P)
trap 'gpgconf --homedir "$scratch/home/.gnupg" --kill all 2>/dev/null; rm -rf "$scratch"' EXIT
mkdir "$scratch/home"
mkdir -m 700 "$scratch/home/.gnupg" "$scratch/run"

# Everything below has a home, a runtime folder and a message bus of its own.
clean=(env -i HOME="$scratch/home" XDG_RUNTIME_DIR="$scratch/run" PATH="$PATH" MCPGEN_PEERS="$peers")
"${clean[@]}" dbus-run-session -- node "$here/stores.mjs" "$mcpgen" "$scratch" "$atlassian/bin/mcp-atlassian"
