# shellcheck shell=bash
# The packages around the program: Debian, Homebrew and npm. build.sh reads this file.
# shellcheck disable=SC2154 # build.sh sets the variables

# The program is static, so it depends on no package. It reads the system's certificates for https.
debian_package() {
  local root=$work/debian doc=$work/debian/usr/share/doc/mcpgen
  tree_under "$root/usr" vendor-completions
  find "$root/usr/share/man" -type f -exec gzip --no-name --best {} +
  gzip --no-name --best "$doc/CHANGELOG.md"
  mv "$doc/CHANGELOG.md.gz" "$doc/changelog.gz"
  cat "$doc/LICENSE" "$work/THIRD-PARTY" >"$doc/copyright"
  rm "$doc/LICENSE"
  mkdir "$root/DEBIAN"
  cat >"$root/DEBIAN/control" <<CONTROL
Package: mcpgen
Version: $version
Architecture: amd64
Maintainer: the mcpgen contributors
Installed-Size: $(du --apparent-size --summarize --block-size=1024 "$root/usr" | cut -f1)
Section: utils
Priority: optional
Recommends: ca-certificates
Suggests: npm
Description: $description
 mcpgen reads one declaration, mcp.toml, and merges the declared servers into the
 file of every AI client. All clients share one sign-in, and no client's file
 contains a secret.
 .
 The default bridge to remote servers is a package of npm. The native bridge,
 which is part of this program, needs no other package.
CONTROL
  (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  chmod 644 "$root"/DEBIAN/*
  dpkg-deb --root-owner-group -Zxz --build "$root" "$artifacts/mcpgen_${version}_amd64.deb" >/dev/null
}

homebrew_formula() {
  local archive=mcpgen-$version-x86_64-linux.tar.gz sha256
  sha256=$(sha256sum "$artifacts/$archive" | cut -d' ' -f1)
  sed -e "s|@DESCRIPTION@|$description|" -e "s|@URL@|${RELEASE_URL:-file://$artifacts}/$archive|" \
    -e "s|@VERSION@|$version|" -e "s|@SHA256@|$sha256|" release/mcpgen.rb.in >"$artifacts/mcpgen.rb"
}

# Makes a package with the program, for one platform, and a package that finds the one for its platform. Both are
# private, so npm refuses to publish them.
npm_packages() {
  local scope=${NPM_SCOPE:-@mcpgen-local} main=$work/npm/mcpgen platform=$work/npm/linux-x64
  mkdir -p "$main" "$platform"
  cp -R release/npm/bin "$main"
  cp README.md LICENSE "$main"
  install -D "$program" "$platform/bin/mcpgen"
  cat LICENSE "$work/THIRD-PARTY" >"$platform/LICENSE"
  package_json "$platform" "$scope/linux-x64" '{ os: ["linux"], cpu: ["x64"], preferUnplugged: true }'
  # shellcheck disable=SC2016 # these are variables of jq
  package_json "$main" mcpgen '{
    bin: { mcpgen: "bin/mcpgen.mjs" },
    engines: { node: ">=18" },
    optionalDependencies: { ($scope + "/linux-x64"): $version }
  }'
  npm_archive "$platform" "mcpgen-npm-linux-x64-$version.tgz"
  npm_archive "$main" "mcpgen-npm-$version.tgz"
}

package_json() { # DIRECTORY NAME FIELDS
  jq --null-input --arg name "$2" --arg version "$version" --arg scope "$scope" --arg description "$description" \
    "{ name: \$name, version: \$version, description: \$description, license: \"MIT\", private: true } + $3" \
    >"$1/package.json"
}

npm_archive() { # DIRECTORY ARCHIVE
  local made
  made=$(cd "$1" && npm pack --silent --ignore-scripts --pack-destination "$work")
  mv "$work/$made" "$artifacts/$2"
}
