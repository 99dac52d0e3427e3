# What a stdenv's setup does for the builders here.
set -e -o pipefail
export PATH=/usr/local/bin:/usr/bin:/bin
for package in ${nativeBuildInputs:-}; do
  if [ -f "$package/nix-support/setup-hook" ]; then source "$package/nix-support/setup-hook"; fi
done
