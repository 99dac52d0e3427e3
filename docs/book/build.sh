#!/usr/bin/env bash
# Builds a book of the documents in target/book, and checks every link of it.
#
# cargo installs mdBook once, into mcpgen-ci in the user's cache directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version=0.5.4
tools=${XDG_CACHE_HOME:-$HOME/.cache}/mcpgen-ci
export PATH=$tools/bin:$PATH
target=${CARGO_TARGET_DIR:-target}

if [ "$(mdbook --version 2>/dev/null)" != "mdbook v$version" ]; then
  (cd / && CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install --quiet --locked --no-default-features --features search \
    --force --root "$tools" "mdbook@$version")
fi

python3 docs/book/stage.py "$target/book-source"
rm -rf "$target/book"
mdbook build "$target/book-source" --dest-dir "$(realpath -m "$target/book")"
python3 docs/book/links.py "$target/book"
echo "built: $target/book/index.html"
