# shellcheck shell=bash
# Stand-ins for the two functions of nixpkgs' installShellFiles, written from its documentation.
# The caller sets `out`.
installManPage() {
  local page
  for page; do install -Dm644 "$page" "${out:?}/share/man/man${page##*.}/$(basename "$page")"; done
}
installShellCompletion() {
  local name
  while [ $# -gt 0 ]; do
    case $1 in
    --cmd) name=$2 && shift ;;
    --bash) install -Dm644 "$2" "$out/share/bash-completion/completions/$name.bash" && shift ;;
    --fish) install -Dm644 "$2" "$out/share/fish/vendor_completions.d/$name.fish" && shift ;;
    --zsh) install -Dm644 "$2" "$out/share/zsh/site-functions/_$name" && shift ;;
    *) echo "installShellCompletion: $1?" >&2 && return 1 ;;
    esac
    shift
  done
}
