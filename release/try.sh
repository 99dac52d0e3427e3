#!/usr/bin/env bash
# Installs each archive of a release on bare Debian roots without Rust and without a network, and uses mcpgen there.
#
#   release/try.sh [SUITE…]    the default suites are bookworm and trixie
#
# Needs root, and what release/build.sh wrote. The roots are made once, in mcpgen-ci in the user's cache directory, from
# apt's mirror of Debian. DEBIAN_MIRROR is another mirror. Nothing is written to a root: each run has a layer in memory.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
artifacts=${CARGO_TARGET_DIR:-$here/../target}/release-artifacts
roots=${XDG_CACHE_HOME:-$HOME/.cache}/mcpgen-ci/roots
# man-db shows the man pages; everything else is what Debian calls minimal.
packages=man-db
[ $# -gt 0 ] || set -- bookworm trixie

fail() {
  printf 'try: %s\n' "$1" >&2
  exit 1
}
for program in debootstrap unshare ip node npm; do
  command -v "$program" >/dev/null ||
    fail "\`$program\` is not installed; on Debian: apt-get install debootstrap util-linux iproute2 nodejs npm"
done
[ "$(id -u)" = 0 ] || fail 'making a root needs root: sudo release/try.sh'
(cd "$artifacts" && sha256sum --check --quiet --strict SHA256SUMS) ||
  fail "$artifacts has no complete release; run release/build.sh"

make_root() { # SUITE
  local root=$roots/$1 mirror
  [ ! -f "$root/made-of-$packages" ] || return 0
  rm -rf "$root"
  mkdir -p "$root"
  # shellcheck disable=SC2016 # apt-get replaces `$(SITE)`
  mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' | head -n 1)}
  printf 'try: making a root of %s\n' "$1" >&2
  debootstrap --variant=minbase --include="$packages" "$1" "$root" ${mirror:+"$mirror"} >"$roots/$1.log" 2>&1 ||
    fail "cannot make a root of $1; see $roots/$1.log"
  rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb
  : >"$root/made-of-$packages"
}

for suite; do
  make_root "$suite"
  for kind in archive debian npm alone; do
    unshare --mount --net --pid --fork --propagation=private "$here/try/isolated.sh" \
      "$roots/$suite" "$artifacts" "$suite $kind" "$kind" || failed=1
  done
done
[ -z "${failed-}" ] || fail 'some checks failed'
echo 'try: every check passed'
