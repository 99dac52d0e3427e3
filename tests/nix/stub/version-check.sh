# shellcheck shell=bash
# A stand-in for nixpkgs' versionCheckHook, written from its documentation. The caller sets `out` and `version`.
versionCheckHook() {
  env -i "${out:?}"/bin/* --version | grep -F "${version:?}"
}
preInstallCheckHooks+=(versionCheckHook)
