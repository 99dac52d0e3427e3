#!/usr/bin/env bash
# Builds mcpgen and its tests for Windows, and runs them under Wine.
#
#   tests/cross/windows.sh            runs every test that can run on Windows
#   tests/cross/windows.sh --quick    runs the unit tests, and the tests of what is different on Windows
#   tests/cross/windows.sh --record   runs every test, and writes docs/measurements/windows.md (also with --quick)
#   tests/cross/windows.sh NAME…      runs the tests whose names contain one of the words
#
# windows-skipped.txt lists the tests that do not run, with the reasons. Each of its names must be a test. The
# standard library is built from its sources (toolchain.sh).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cd "$here/../.."
# shellcheck disable=SC2034 # bench.sh reads it
bench=windows
# shellcheck source=tests/lib/bench.sh
. "$here/../lib/bench.sh"

filters=()
quick=
record=
for argument; do
  case $argument in
    --quick) quick=1 filters+=(windows::) ;;
    --record) record=docs/measurements/windows.md ;;
    *) filters+=("$argument") ;;
  esac
done

need gcc-mingw-w64-x86-64 x86_64-w64-mingw32-gcc
wine=$(command -v wine64 || command -v /usr/lib/wine/wine64 || command -v wine) || need wine64 wine64
scratch=
make_scratch
fail() {
  printf 'windows: %s\n' "$1" >&2
  exit 1
}

target=x86_64-pc-windows-gnu
toolchain=$("$here/toolchain.sh")
# Not where other builds are: RUSTC_BOOTSTRAP makes cargo build the macros of both anew.
export PATH=$toolchain/bin:$PATH RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/cross
# Nobody debugs these programs, and without debug information they build faster.
export CARGO_PROFILE_DEV_DEBUG=0
cargo test --quiet --no-run --locked --lib --test main -Z build-std=std --target "$target"
# This build is fresh, and prints where the tests are.
cargo test --no-run --locked --lib --test main -Z build-std=std --target "$target" 2>&1 |
  sed -n 's/^ *Executable .* (\(.*\.exe\))$/\1/p' >"$scratch/programs"
[ "$(wc -l <"$scratch/programs")" = 2 ] || fail 'cargo names other programs than the two tests'

# A prefix of its own: no setting and no file of the user.
export WINEPREFIX=$scratch/prefix WINEDEBUG=-all
# No assistant for crashes, .NET or HTML, and no menu.
export WINEDLLOVERRIDES='mscoree=;mshtml=;winedbg.exe=d;winemenubuilder.exe='
# Programs of Wine may write to the prefix until they have ended.
stop() {
  WINEDEBUG=-all "$wine" wineboot --kill >/dev/null 2>&1 || true
  for _ in {1..20}; do
    rm -rf "$scratch" 2>/dev/null && return
    sleep 0.5
  done
  printf 'windows: cannot remove %s\n' "$scratch" >&2
}
trap stop EXIT
"$wine" wineboot --init >/dev/null 2>&1 || fail 'Wine cannot make a prefix'
# Rust's standard library needs this DLL, which Wine has since version 9.
if [ ! -f "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" ]; then
  x86_64-w64-mingw32-gcc -shared -O -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
    "$here/bcryptprimitives.c" -ladvapi32
fi

# NAME REASON, for each listed test; a name that ends in `::*` stands for a module that is not compiled.
awk -F '\t' '/^## / { reason = substr($0, 4); next } /^[^#]/ { print $1 "\t" reason }' \
  "$here/windows-skipped.txt" >"$scratch/listed"
while read -r program; do
  "$wine" "$program" --list --format terse | tr -d '\r' | sed -n 's/: test$//p'
done <"$scratch/programs" | sort >"$scratch/compiled"
sed -n '/^#\[cfg(unix)\]$/{n;s/^mod \(.*\);$/\1::*/p}' tests/main.rs | sort >"$scratch/modules"
cut -f 1 "$scratch/listed" | sort >"$scratch/names"
unknown=$(comm -23 "$scratch/names" <(sort "$scratch/compiled" "$scratch/modules"))
[ -z "$unknown" ] || fail "windows-skipped.txt lists what is not a test:"$'\n'"$unknown"
unlisted=$(comm -23 "$scratch/modules" "$scratch/names")
[ -z "$unlisted" ] || fail "windows-skipped.txt does not list these modules:"$'\n'"$unlisted"

# The number of tests in modules that are not compiled.
uncompiled=0
while read -r module; do
  module=${module%::\*}
  count=$(cat "tests/$module.rs" "tests/$module"/*.rs 2>/dev/null | grep -c '^ *#\[test\]$' || true)
  uncompiled=$((uncompiled + count))
done <"$scratch/modules"

skip=()
while read -r name; do skip+=(--skip "$name"); done < <(comm -12 "$scratch/names" "$scratch/compiled")
passed=0 failed=0 ignored=0
while read -r program; do
  wanted=("${filters[@]}")
  # The quick run has all unit tests.
  case $quick:$program in 1:*/mcpgen-*) wanted=() ;; esac
  # Filters are parts of names, and the skipped names are exact, so the names are chosen here.
  "$wine" "$program" --list --format terse "${wanted[@]}" | tr -d '\r' | sed -n 's/: test$//p' |
    grep -vxFf "$scratch/names" >"$scratch/chosen" || continue
  chosen=("${skip[@]}")
  # The names of all tests are too long for one command line of Windows.
  [ ${#wanted[@]} -eq 0 ] || mapfile -t chosen <"$scratch/chosen"
  "$wine" "$program" --test-threads 4 --exact "${chosen[@]}" 2>&1 | tr -d '\r' | tee "$scratch/log" || true
  result=$(grep '^test result: ' "$scratch/log") || fail "$program ended before its tests"
  number() { sed -n "s/.* \([0-9]*\) $1;.*/\1/p" <<<"$result"; }
  passed=$((passed + $(number passed))) failed=$((failed + $(number failed)))
  ignored=$((ignored + $(number ignored)))
done <"$scratch/programs"
listed=$((${#skip[@]} / 2))
other=$(($(wc -l <"$scratch/compiled") - listed - ignored - passed - failed))
version=$("$wine" --version)
printf '\nwindows: %s, %s\n' "$version" "$(rustc --version)"
printf 'windows: %d helpers of tests, %d listed tests and %d tests in modules that are not compiled did not run\n' \
  "$ignored" "$listed" "$uncompiled"
[ "$other" = 0 ] || printf 'windows: %d other tests were not chosen\n' "$other"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" $((listed + uncompiled + other))
[ "$failed" = 0 ] || exit 1
[ "$passed" -gt 0 ] || fail 'no test ran'
[ -n "$record" ] || exit 0

{
  printf '# Windows, under Wine\n\n'
  # shellcheck disable=SC2016 # the backquotes are Markdown
  printf '`just windows` builds mcpgen and its tests for Windows (`%s`) and runs them under\n' "$target"
  printf 'Wine. It wrote this page on %s, with %s and Rust %s.\n\n' \
    "$(date -u +%F)" "$version" "$(rustc --version | cut -d' ' -f2)"
  printf 'Wine is not Windows: nobody has run these tests on Windows itself.\n\n'
  printf '| tests | number |\n|---|---|\n'
  printf '| passed | %d |\n| failed | %d |\n' "$passed" "$failed"
  printf '| not run, listed below by name | %d |\n| not run, in modules listed below | %d |\n' "$listed" "$uncompiled"
  # shellcheck disable=SC2016 # the backquotes are Markdown
  [ "$other" = 0 ] ||
    printf '| not chosen in this run, `windows.sh %s` | %d |\n' "$*" "$other"
  printf '\n## Tests that do not run\n'
  awk -F '\t' '$2 != reason { reason = $2; print "\n" reason "\n" } { print "- `" $1 "`" }' "$scratch/listed"
} >"$record"
