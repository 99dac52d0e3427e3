#!/usr/bin/env bash
# Unpacks a current Nix into the directory $1, from the Debian archive that apt uses on this machine: no root, no
# /nix, no daemon, no other change to the machine. Source $1/env to use it.
set -euo pipefail

suite=trixie
to=${1:?a directory}
mkdir -p "$to"
to=$(cd "$to" && pwd)
apt=$to/apt
root=$to/root
rm -rf "$apt" "$root"
mkdir -p "$apt"/{lists/partial,cache/archives/partial} "$root"/usr/{bin,sbin,lib,lib64} "$to"/{bin,etc}
: >"$apt/status"

archive=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{sources,list} 2>/dev/null |
  awk '/^URIs:/ { print $2; exit } /^deb / { sub(/\[[^]]*\] */, ""); print $2; exit }' || true)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${archive:?names no Debian archive} $suite main" \
  >"$apt/list"
get=(apt-get -qq -o Dir::Etc::sourcelist="$apt/list" -o Dir::Etc::sourceparts=/dev/null
  -o Dir::State="$apt" -o Dir::State::Lists="$apt/lists" -o Dir::State::status="$apt/status"
  -o Dir::Cache="$apt/cache" -o Dir::Etc::PreferencesParts=/dev/null -o Debug::NoLocking=1
  -o APT::Sandbox::User= -o Acquire::Languages=none)
"${get[@]}" update
"${get[@]}" install -y --no-install-recommends --download-only nix-bin patchelf >/dev/null

for folder in bin sbin lib lib64; do ln -sfn "usr/$folder" "$root/$folder"; done
for package in "$apt"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink --no-same-owner -C "$root"
done

# Its own libraries and loader: the machine's may be older.
libraries=$(dirname "$(find "$root/usr/lib" -name 'libc.so.6' -print -quit)")
loader=$(find "$libraries" "$root/usr/lib64" -name 'ld-linux*.so.*' -print -quit)
cp "$root/usr/bin/nix" "$to/bin/nix"
"$loader" --library-path "$libraries" "$root/usr/bin/patchelf" --set-interpreter "$loader" \
  --force-rpath --set-rpath "$libraries" "$to/bin/nix"
for tool in build instantiate store env; do ln -sf nix "$to/bin/nix-$tool"; done

cat >"$to/etc/nix.conf" <<CONF
experimental-features = nix-command flakes
sandbox = false
build-users-group =
substituters =
flake-registry =
CONF
cat >"$to/env" <<ENV
export PATH=$to/bin:\$PATH NIX_REMOTE=local NIX_CONF_DIR=$to/etc
export NIX_STORE_DIR=$to/store NIX_STATE_DIR=$to/var NIX_LOG_DIR=$to/log
ENV
rm -rf "$apt"
