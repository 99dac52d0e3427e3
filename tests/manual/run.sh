#!/usr/bin/env bash
# Renders each man page with groff and with mandoc, which must have nothing to report.
#
#   tests/manual/run.sh MCPGEN
set -euo pipefail

mcpgen=$(realpath "$1")
for program in groff mandoc; do
  command -v "$program" >/dev/null ||
    { echo "manual: $program is not installed; on Debian: apt-get install groff mandoc" >&2; exit 1; }
done
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
"$mcpgen" man "$pages/man" >/dev/null 2>&1
cd "$pages/man"

found=$(for page in *.[15]; do groff -man -ww -z "$page" 2>&1; done
  # The line of the section NAME must be one line.
  mandoc -T lint -W style ./*.[15] 2>&1 | grep -v ':3:[0-9]*: STYLE: input text line' || true)
if [ -n "$found" ]; then
  printf '%s\n' "$found" >&2
  exit 1
fi
echo "manual: $(printf '%s\n' ./*.[15] | wc -l) man pages have no warnings"
