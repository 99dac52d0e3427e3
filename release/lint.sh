#!/usr/bin/env bash
# Checks the workflow of releases with zizmor, which comes from PyPI, once, into mcpgen-ci in the user's cache directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=1.32.0
directory=${XDG_CACHE_HOME:-$HOME/.cache}/mcpgen-ci/zizmor-$version
zizmor=$directory/bin/zizmor
if ! "$zizmor" --version >/dev/null 2>&1; then
  echo "release-lint: installing zizmor $version" >&2
  # pip's own messages name the index, which may be a private one.
  if ! { python3 -m venv "$directory" && "$directory/bin/pip" install "zizmor==$version"; } >/dev/null 2>&1; then
    echo "release-lint: cannot install zizmor: python3 -m venv $directory && $directory/bin/pip install zizmor==$version" >&2
    exit 1
  fi
fi
"$zizmor" --offline --persona=auditor --quiet .github/workflows
