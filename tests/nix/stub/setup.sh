# shellcheck shell=bash
# Stand-in for a stdenv's setup script, as far as these builders need it.
set -e -o pipefail
export PATH=/usr/local/bin:/usr/bin:/bin
for package in ${nativeBuildInputs:-}; do
  if [ -d "$package/bin" ]; then PATH=$package/bin:$PATH; fi
  # shellcheck source=/dev/null
  if [ -f "$package/nix-support/setup-hook" ]; then source "$package/nix-support/setup-hook"; fi
done
