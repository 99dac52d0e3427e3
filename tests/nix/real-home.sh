# shellcheck shell=bash
# Helpers for activations with the real home-manager: the same functions as in home.sh, for its generations.
export HOME=@HOME@ USER=ada NIX_STATE_DIR=$PWD/var
export STORE=$PWD/store

# The home directory is the same for every check, so that only one check can run at a time.
exec 9>"$HOME.lock"
flock 9
rm -rf "$HOME"
mkdir -p "$HOME/.local/state/nix/profiles" "$STORE" "$PWD/tools"

# The activation calls Nix for its profile and its roots.
for tool in nix nix-build nix-env; do
  printf '#!/bin/bash\n' >"$PWD/tools/$tool"
done
cat >"$PWD/tools/nix-store" <<'TOOL'
#!/bin/bash
if [ "$1" = --realise ] && [ "$3" = --add-root ]; then
  mkdir -p "$(dirname "$4")"
  ln -sfn "$2" "$4"
fi
TOOL
chmod +x "$PWD"/tools/*

# A copy, so that a check can change its scripts.
install_generation() {
  local name=$1 built
  built=$(realpath "$2")
  mkdir -p generations
  cp -rP "$built" "generations/$name"
  chmod -R u+w "generations/$name"
  sed -i "s|$built|$PWD/generations/$name|g" "generations/$name/activate"
}

activate() {
  env "${@:2}" PATH="$PWD/tools:$PATH" "generations/$1/activate" --driver-version 1 >log 2>&1
}

refused() {
  local status=0 before
  before=$(find "$HOME" -path "$HOME/.local" -prune -o -print)
  activate "$1" || status=$?
  expect "$2" "$status"
  expect "$before" "$(find "$HOME" -path "$HOME/.local" -prune -o -print)"
}

said() {
  grep -vE '^(Activating|Starting Home Manager|Creating (home file links|new profile)|Cleaning up orphan|No change so|This is a|User systemd daemon)' log || true
}

current_generation() { readlink "$HOME/.local/state/home-manager/gcroots/current-home"; }
new_generation() { echo "$HOME/.local/state/home-manager/gcroots/new-home"; }
