#!/usr/bin/env bash
# The checks of activations on the real home-manager, with the modules that people use beside mcpgen's. Only packages
# are stand-ins. The directories come from variables, because the modules are not part of this project:
#
#   HOME_MANAGER       nix-community/home-manager
#   NIXPKGS_LIB        the directory `lib` of nixpkgs
#   SOPS_NIX           Mic92/sops-nix
#   AGENIX             ryantm/agenix
#   OPNIX              brizzbuzz/opnix
#   MCP_SERVERS_NIX    natsukium/mcp-servers-nix
#
#   real.sh MCPGEN
set -euo pipefail

mcpgen=$(realpath "${1:?the mcpgen to check}")
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

declare -A directories=(
  [HOME_MANAGER]=home-manager [NIXPKGS_LIB]=lib [SOPS_NIX]=sops-nix [AGENIX]=agenix [OPNIX]=opnix
  [MCP_SERVERS_NIX]=mcp-servers-nix
)
missing=()
for name in "${!directories[@]}"; do
  [ -d "${!name:-}" ] || missing+=("$name")
done
if [ ${#missing[@]} != 0 ]; then
  echo "these variables do not name a directory: ${missing[*]}; the comment in $0 says what they are" >&2
  exit 1
fi

project=$work/project
mkdir "$project"
# shellcheck disable=SC2016 # the inner shell expands `$file`
(cd "$here/../.." && git ls-files -z --cached --others --exclude-standard |
  xargs -0 sh -c 'for file; do [ ! -e "$file" ] || printf "%s\0" "$file"; done' - |
  tar -c --null -T - | tar -x -C "$project")
for name in "${!directories[@]}"; do
  mkdir -p "$project/tests/nix/real"
  cp -rL "${!name}" "$project/tests/nix/real/${directories[$name]}"
done
rm -rf "$project"/tests/nix/real/*/.git
# home-manager imports files of nixpkgs below its `lib`, and two others, which have stand-ins.
cp -rL "$NIXPKGS_LIB" "$project/tests/nix/real-nixpkgs/lib"
# home-manager wants the path of the home directory when it evaluates.
sed -i "s|@HOME@|$work/home|g" "$project"/tests/nix/*.{nix,sh}
git -C "$project" init -q

FLAKE=$project NIXPKGS_LIB=$project/tests/nix/real/lib "$here/run.sh" "$mcpgen" --only --keep-going
echo 'the real home-manager activates as the stand-in does'
