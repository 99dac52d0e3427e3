# shellcheck shell=bash
# The tree of files that the tar archive and the Debian package install. build.sh reads this file.
# shellcheck disable=SC2154 # build.sh sets the variables

# Sets `tree` to a new tree with the program, man pages, completions and documents.
tree_under() { # DIRECTORY ZSH-DIRECTORY
  local pages=$work/pages page
  tree=$1
  install -D "$program" "$tree/bin/mcpgen"
  rm -rf "$pages"
  "$program" man "$pages" 2>/dev/null
  for page in "$pages"/*.[1-8]; do
    install -D --mode=644 "$page" "$tree/share/man/man${page##*.}/${page##*/}"
  done
  completion bash "$tree/share/bash-completion/completions/mcpgen"
  completion fish "$tree/share/fish/vendor_completions.d/mcpgen.fish"
  completion zsh "$tree/share/zsh/$2/_mcpgen"
  install -D --mode=644 --target-directory="$tree/share/doc/mcpgen" CHANGELOG.md LICENSE README.md
  cp -R docs examples "$tree/share/doc/mcpgen"
  chmod -R u=rwX,go=rX "$tree"
}

completion() { # SHELL FILE
  mkdir -p "$(dirname "$2")"
  "$program" completions "$1" >"$2"
}
