#!/usr/bin/env bash
# Builds the archives of a release for Linux on x86-64, in target/release-artifacts.
#
#   release/build.sh
#
# RELEASE_URL is the URL of the directory that the Homebrew formula downloads from; the default is the directory that
# this script writes. NPM_SCOPE is the scope of the npm package with the program. SOURCE_DATE_EPOCH is the date of every
# file in the archives; the default is the date of the last commit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

triple=x86_64-unknown-linux-musl
musl_packages='musl-tools'
export LC_ALL=C TZ=UTC
umask 022

fail() {
  printf 'release: %s\n' "$1" >&2
  exit 1
}
need() { # PACKAGES PROGRAM…
  local packages=$1 program
  shift
  for program; do
    command -v "$program" >/dev/null || fail "\`$program\` is not installed; on Debian: apt-get install $packages"
  done
}
need "$musl_packages" musl-gcc
need 'dpkg jq npm' dpkg-deb jq npm
need rustc cargo rustc
[ -d "$(rustc --print sysroot)/lib/rustlib/$triple" ] ||
  fail "Rust has no standard library for $triple: rustup target add $triple"

target=${CARGO_TARGET_DIR:-$PWD/target}
artifacts=$target/release-artifacts
work=$target/release-work
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
description=$(sed -n 's/^description = "\(.*\)"$/\1/p' Cargo.toml)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
rm -rf "$artifacts" "$work"
mkdir -p "$artifacts" "$work"

# Packs a directory into a gzipped tar archive that has the same bytes every time.
pack() { # PARENT NAME ARCHIVE
  tar --create --directory="$1" --format=ustar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 \
    --numeric-owner "$2" | gzip --no-name --best >"$3"
}

# shellcheck source=release/program.sh
. release/program.sh
# shellcheck source=release/tree.sh
. release/tree.sh
# shellcheck source=release/packages.sh
. release/packages.sh

build_program
metadata=$(cargo metadata --locked --format-version 1 --filter-platform "$triple")
sbom >"$artifacts/mcpgen-$version.cdx.json"
notices >"$work/THIRD-PARTY"
tree_under "$work/mcpgen-$version-x86_64-linux" site-functions
cp "$work/THIRD-PARTY" "$tree/share/doc/mcpgen"
pack "$work" "mcpgen-$version-x86_64-linux" "$artifacts/mcpgen-$version-x86_64-linux.tar.gz"
debian_package
homebrew_formula
npm_packages
(cd "$artifacts" && sha256sum -- * >SHA256SUMS)
rm -rf "$work"

printf 'release: wrote these files to %s\n' "$artifacts" >&2
(cd "$artifacts" && stat --format='%10s  %n' -- *)
