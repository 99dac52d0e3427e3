#!/usr/bin/env bash
# Tries one kind of archive in a root. try.sh starts this in namespaces of its own.
#
#   release/try/isolated.sh ROOT ARTIFACTS LABEL KIND
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../../Cargo.toml" | head -n 1)
root=$1 artifacts=$2 label=$3 kind=$4
layer=$(mktemp -d)
mount -t tmpfs tmpfs "$layer"
mkdir "$layer/upper" "$layer/work" "$layer/root"

# Only loopback exists, with one MCP server on it.
ip link set lo up
mount -t proc proc /proc
node "$here/../../tests/accept/http-server.mjs" >"$layer/url" &
for _ in $(seq 100); do
  [ ! -s "$layer/url" ] || break
  sleep 0.1
done
url=$(cat "$layer/url")

if [ "$kind" = alone ]; then
  # A root with nothing but the program: no C library, no shell, no directory.
  tar --extract --file="$artifacts/mcpgen-$version-x86_64-linux.tar.gz" --directory="$layer/root" --strip-components=2 \
    --wildcards '*/bin/mcpgen'
  if [ "$(chroot "$layer/root" /mcpgen --version)" != "mcpgen $version" ]; then
    printf 'FAIL  %s: the program runs in an empty root\n' "$label"
    exit 1
  fi
  printf 'ok    %s: the program runs in an empty root\n' "$label"
  exit 0
fi

mount -t overlay overlay -o "lowerdir=$root,upperdir=$layer/upper,workdir=$layer/work" "$layer/root"
mount --bind /proc "$layer/root/proc"
cp "$artifacts"/* "$here/inside.sh" "$layer/root/srv"
if [ "$kind" = npm ]; then
  mkdir -p "$layer/root/opt/npm"
  cp "$(node --print process.execPath)" "$layer/root/usr/bin/node"
  cp -R "$(npm root --global)/npm/." "$layer/root/opt/npm"
fi
chroot "$layer/root" /usr/bin/env -i HOME=/root PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin \
  sh /srv/inside.sh "$kind" "$label" "$url" "$version"
