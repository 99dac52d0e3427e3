# shellcheck shell=bash
# Helpers for the activation checks: a home directory, its generations, and what both must contain.
export HOME=$PWD/home
mkdir -p "$HOME"

fail() {
  echo "$1" >&2
  exit 1
}

expect() { [ "$1" = "$2" ] || fail "expected $1, got $2"; }

# What stands for the Nix store: its paths contain the home directory, which a built generation cannot know.
export STORE=$PWD/store
mkdir -p "$STORE"

# Copies a generation and sets its home directory, which home-manager would do when it builds it.
install_generation() {
  local name=$1 built=$2 files=$STORE/$1-home-manager-files link
  mkdir -p "generations/$name"
  cp -L "$built"/{activate,mcpgen-leave} "generations/$name" 2>/dev/null || cp -L "$built/activate" "generations/$name"
  sed -i "s|@HOME@|$HOME|g" "generations/$name"/*
  cp -rP "$built/home-files/" "$files"
  chmod -R u+w "$files"
  find "$files" -type l | while read -r link; do relocate "$name" "$link"; done
  ln -s "$files" "generations/$name/home-files"
}

# Makes a link into the Nix store lead to a copy in $STORE, or to the path outside the store that it leads to.
relocate() {
  local link=$2 end copy
  end=$(readlink "$link")
  copy=$STORE/$1-$(md5sum <<<"$link" | cut -c1-8)-$(basename "$link")
  if [ -L "$end" ]; then
    ln -s "$(readlink "$end" | sed "s|@HOME@|$HOME|g")" "$copy"
  else
    cp -r "$end" "$copy"
  fi
  ln -sfn "$copy" "$link"
}

# activate NAME [DRY_RUN=1]: writes its output to `log`.
activate() {
  env "${@:2}" newGenPath="$PWD/generations/$1" bash "generations/$1/activate" >log 2>&1
}

activated() { activate "$@" || fail "$* failed: $(cat log)"; }

refused() {
  local status=0
  activate "$1" || status=$?
  expect "$2" "$status"
  [ ! -e "$HOME/.written" ] || fail "$1 was refused behind writeBoundary"
}

says() { grep -qF -- "$1" log || fail "nothing says: $1
$(cat log)"; }

# The output of mcpgen, without home-manager's line for each step.
said() { grep -v '^Activating ' log || true; }

current_generation() { readlink "$HOME/.current"; }
# The link that the activation removes when it exits.
new_generation() { echo "$HOME/.new"; }

claude() { jq -cS "$1" "$HOME/.claude.json"; }
