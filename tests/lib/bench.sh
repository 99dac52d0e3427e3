# shellcheck shell=bash
# What the benches' run scripts share. The caller sets `bench`, its name.

# Sets `mcpgen` from the first argument of a script.
# shellcheck disable=SC2034 # the caller reads it
take_mcpgen() { # USAGE ARGUMENTS…
  local usage=$1
  shift
  if [ $# -lt 1 ] || [ ! -x "$1" ]; then
    echo "usage: $usage" >&2
    exit 2
  fi
  mcpgen=$(realpath "$1")
}

# Exits if a program is not installed.
need() { # DEBIAN-PACKAGES PROGRAM…
  local packages=$1 program
  shift
  for program; do
    if ! command -v "$program" >/dev/null; then
      echo "${bench:?}: \`$program\` is not installed; on Debian: apt-get install $packages" >&2
      exit 1
    fi
  done
}

# Sets `scratch` to a new directory, which is removed when the script exits.
make_scratch() {
  scratch=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/mcpgen-${bench:?}.XXXXXX")" && pwd -P)
  trap 'rm -rf "$scratch"' EXIT
}
