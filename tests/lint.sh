#!/usr/bin/env bash
# Checks format and lints of everything here that is not Rust: Biome for JavaScript and JSON, shellcheck for shell.
#
#   tests/lint.sh          reports what is wrong
#   tests/lint.sh --fix    also rewrites what Biome can fix
#
# Biome comes from npm, once, into mcpgen-ci in the user's cache directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1-} in
  "") fix=() ;;
  --fix) fix=(--write) ;;
  *) echo "usage: tests/lint.sh [--fix]" >&2 && exit 2 ;;
esac

for program in npm shellcheck; do
  if ! command -v "$program" >/dev/null; then
    echo "lint: \`$program\` is not installed; on Debian: apt-get install npm shellcheck" >&2
    exit 1
  fi
done

version=$(sed -n 's|.*biomejs.dev/schemas/\([^/]*\)/.*|\1|p' biome.jsonc)
directory=${XDG_CACHE_HOME:-$HOME/.cache}/mcpgen-ci/biome-$version
biome=$directory/node_modules/.bin/biome
if ! "$biome" --version >/dev/null 2>&1; then
  echo "lint: installing @biomejs/biome@$version" >&2
  mkdir -p "$directory"
  # npm's own messages name the registry, which may be a private one.
  if ! npm install --prefix "$directory" --save-exact --no-audit --no-fund "@biomejs/biome@$version" >/dev/null 2>&1; then
    echo "lint: cannot install Biome: npm install --prefix $directory @biomejs/biome@$version" >&2
    exit 1
  fi
fi

"$biome" check --error-on-warnings "${fix[@]}"
git ls-files -z -- '*.sh' '*.bash' .ci/run | xargs -0 shellcheck
