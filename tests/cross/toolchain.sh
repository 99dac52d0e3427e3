#!/usr/bin/env bash
# Prints the directory of a Rust toolchain that can build the standard library for other systems.
#
# If the toolchain of this machine has the sources of the standard library, that is the directory. Otherwise this script
# copies the toolchain, once, into mcpgen-ci in the user's cache directory, and adds the sources from Debian's package
# rust-src of the same version. The suite with current versions is trixie-backports, from apt's own mirror of Debian.
set -euo pipefail

suite=trixie-backports
fail() {
  printf 'toolchain: %s\n' "$1" >&2
  exit 1
}

sysroot=$(rustc --print sysroot)
sources=lib/rustlib/src/rust/library
if [ -f "$sysroot/$sources/Cargo.lock" ]; then
  printf '%s\n' "$sysroot"
  exit
fi

version=$(rustc --version | cut -d' ' -f2)
copy=${XDG_CACHE_HOME:-$HOME/.cache}/mcpgen-ci/toolchain-$version
if [ -f "$copy/$sources/Cargo.lock" ]; then
  printf '%s\n' "$copy"
  exit
fi
for program in apt-get dpkg-deb; do
  command -v "$program" >/dev/null ||
    fail "\`$program\` is not installed, and $sysroot has no sources; with rustup: rustup component add rust-src"
done

apt=$(mktemp -d "${TMPDIR:-/tmp}/mcpgen-toolchain.XXXXXX")
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt"/{lists/partial,cache/archives/partial}
: >"$apt/status"
# shellcheck disable=SC2016 # apt-get replaces `$(SITE)`
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' | sort -u | head -n 1)
[ -n "$mirror" ] || fail 'apt has no mirror of Debian; run apt-get update'
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/list"
options=(-qq -o Dir::Etc::sourcelist="$apt/list" -o Dir::Etc::sourceparts=/dev/null
  -o Dir::State="$apt" -o Dir::State::Lists="$apt/lists" -o Dir::State::status="$apt/status"
  -o Dir::Cache="$apt/cache" -o Dir::Etc::PreferencesParts=/dev/null -o Debug::NoLocking=1
  -o APT::Sandbox::User= -o Acquire::Languages=none)
# apt's own messages name the mirror, which may be a private one.
apt-get "${options[@]}" update >/dev/null 2>&1 || fail "cannot read Debian's $suite"
packaged=$(apt-cache "${options[@]}" madison rust-src | awk -v version="$version" -F ' *[|] *' \
  'index($2, version "+") == 1 { print $2; exit }')
[ -n "$packaged" ] || fail "Debian's $suite has no rust-src $version"
printf 'toolchain: copying Rust %s, with the sources of its standard library\n' "$version" >&2
(cd "$apt" && apt-get "${options[@]}" download "rust-src=$packaged" >/dev/null 2>&1) ||
  fail "cannot download rust-src=$packaged from Debian's $suite"
dpkg-deb -x "$apt"/rust-src_*.deb "$apt/unpacked"
library=$(find "$apt/unpacked" -path '*/library/Cargo.lock' -printf '%h\n' -quit)
[ -n "$library" ] || fail "rust-src=$packaged has no library/Cargo.lock"

# Hard links where the cache is on the file system of the toolchain.
new=$copy.$$
rm -rf "$copy" "$new"
mkdir -p "$new"
for part in bin lib libexec; do
  [ ! -d "$sysroot/$part" ] || cp -al "$sysroot/$part" "$new/" 2>/dev/null || cp -a "$sysroot/$part" "$new/"
done
mkdir -p "$new/${sources%/library}"
cp -a "$library" "$new/$sources"
mv "$new" "$copy"
printf '%s\n' "$copy"
