#!/usr/bin/env bash
# The flake's checks with only Debian's Nix and cargo, as an ordinary user. With Nix installed, `nix flake check`
# runs the same checks with the real nixpkgs.
#
#   run.sh MCPGEN            every check; MCPGEN replaces what Nix would build
#   run.sh MCPGEN --bless    rewrites the table of options in docs/guides/nix.md
#   run.sh MCPGEN --only …   only the flake's checks for this system (mutants.sh, and real.sh with nixpkgs' lib in
#                            NIXPKGS_LIB)
set -euo pipefail

mcpgen=$(realpath "${1:?the mcpgen to check}")
part=${2:-}
here=$(dirname "$(realpath "$0")")
root=$(realpath "${FLAKE:-$here/../..}")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mcpgen-ci
export PATH=$cache/bin:$PATH

# The test inputs of another crate contain nixpkgs' lib of 2022, with the real evalModules.
nixel=5.2.0
lib=${NIXPKGS_LIB:-$cache/nixel-$nixel/lib}
if [ ! -d "$lib" ]; then
  work=$(mktemp -d)
  mkdir -p "$work/src"
  : >"$work/src/lib.rs"
  printf '[package]\nname = "inputs"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nnixel = "=%s"\n[workspace]\n' \
    "$nixel" >"$work/Cargo.toml"
  cargo vendor --quiet --versioned-dirs --manifest-path "$work/Cargo.toml" "$work/vendor" >/dev/null
  mkdir -p "$(dirname "$lib")"
  cp -r "$work/vendor/nixel-$nixel/tests/inputs/nixpkgs/lib" "$lib.new"
  # nixpkgs' lib has `_class` since 2023.
  sed -i 's/"freeformType"\]/"freeformType" "_class"]/' "$lib.new/modules.nix"
  mv "$lib.new" "$lib"
  rm -rf "$work"
fi
if [ ! -x "$cache/nix/bin/nix" ] && ! nix --version >/dev/null 2>&1; then
  "$here/get-nix.sh" "$cache/nix"
fi
if [ -x "$cache/nix/bin/nix" ]; then
  # shellcheck source=/dev/null
  . "$cache/nix/env"
fi

# The flake's nixpkgs. No derivation contains its path, so builds remain valid.
work=$(mktemp -d)
clean() {
  chmod -R u+w "$work"
  rm -rf "$work"
  # Without this, the store would keep every mcpgen that it has checked. mutants.sh checks only one.
  if [ "$part" != --only ] && [ -x "$cache/nix/bin/nix" ]; then nix store gc >/dev/null 2>&1; fi
}
trap clean EXIT
nixpkgs=$work/nixpkgs
mkdir -p "$nixpkgs"/{maintainers,prebuilt}
cp -r "$here"/stub/* "$nixpkgs"
cp -r "$lib" "$nixpkgs/lib"
echo '{ }' >"$nixpkgs/maintainers/maintainer-list.nix"
echo '{ lib }: { }' >"$nixpkgs/maintainers/team-list.nix"
printf 22.11 >"$nixpkgs/.version"
# Without its debug information, which each check would copy.
install -s -m755 "$mcpgen" "$nixpkgs/prebuilt/mcpgen"

# The files that git knows, as for a flake in a repository.
flake=$work/flake
mkdir -p "$flake"
# shellcheck disable=SC2016 # the inner shell expands `$1`
(cd "$root" && git ls-files -z --cached --others --exclude-standard |
  xargs -0 -I{} sh -c 'test ! -e "$1" || printf "%s\0" "$1"' - {} | tar -c --null -T - | tar -x -C "$flake")

with=(--override-input nixpkgs "path:$nixpkgs" --no-write-lock-file --no-warn-dirty --quiet
  --option allow-import-from-derivation false)
system=$(nix eval --impure --raw --expr builtins.currentSystem)

case $part in
--bless)
  page=$root/docs/guides/nix.md
  sed -i '/<!-- options: /q' "$page"
  { echo && nix eval "${with[@]}" --raw "path:$flake#checks.$system.options.table"; } >>"$page"
  exit
  ;;
--only)
  nix flake check "${with[@]}" "${@:3}" "path:$flake"
  exit
  ;;
esac

nix flake check "${with[@]}" --keep-going --print-build-logs "path:$flake"
nix flake check "${with[@]}" --all-systems --no-build "path:$flake"
nix run "${with[@]}" "path:$flake" -- --version
for folder in "$flake" "$flake/examples/home-manager"; do
  find "$folder" -name '*.nix' -print0 | xargs -0 nixfmt --check
done
deadnix --fail --no-lambda-pattern-names "$flake"

# The link of a project is a root of the garbage collector.
hook=$(nix build "${with[@]}" --no-link --print-out-paths \
  "path:$flake#checks.$system.flake-parts-writes-the-files-of-a-project.hook")
mkdir "$work/project" "$work/home"
cp "$flake/examples/flake-parts/flake.nix" "$work/project"
(cd "$work/project" && HOME=$work/home "$hook")
link=$work/project/.direnv/mcpgen.toml
nix-store --query --roots "$(readlink "$link")" | grep -F "$link"

# The package's sources are all that cargo needs to build it, with the system's libdbus.
sources=$(nix build "${with[@]}" --no-link --print-out-paths "path:$flake#default.src")
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target} \
  cargo check --quiet --locked --no-default-features --bins --manifest-path "$sources/Cargo.toml"
echo 'flake, module and package hold'
