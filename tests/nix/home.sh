# shellcheck shell=bash
# Helpers for the activation checks: a home directory, its generations, and what both must contain.
export HOME=$PWD/home
mkdir -p "$HOME"

fail() {
  echo "$1" >&2
  exit 1
}

expect() { [ "$1" = "$2" ] || fail "expected $1, got $2"; }

# Copies a generation and sets its home directory, which home-manager would do when it builds it.
install_generation() {
  local name=$1 built=$2
  mkdir -p generations
  cp -rL "$built" "generations/$name"
  chmod -R u+w "generations/$name"
  sed -i "s|@HOME@|$HOME|g" "generations/$name"/*
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

claude() { jq -cS "$1" "$HOME/.claude.json"; }
