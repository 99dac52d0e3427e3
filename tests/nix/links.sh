# shellcheck shell=bash
# The links of a generation, as home-manager checks, removes and makes them. The links of every generation lead to a
# directory NAME-home-manager-files in the store.

# leaves DIRECTORY: prints the path of every link in the directory, relative to it.
leaves() { (cd "$1" && find . \( -type f -o -type l \) -printf '%P\n'); }

is_of_a_generation() { [[ $(readlink "$1") == "$STORE"/*-home-manager-files/* ]]; }

# check_link_targets NEW FORCED…: fails if a link would replace a file that home-manager does not manage.
check_link_targets() {
  local new=$1 path target status=0
  shift
  while read -r path; do
    target=$HOME/$path
    if [[ " $* " == *" $path "* || ! -e $target ]]; then continue; fi
    if [[ -L $target ]] && is_of_a_generation "$target"; then continue; fi
    if cmp -s "$new/$path" "$target"; then
      echo "$target stays, because it is equal to $new/$path" >&2
    elif [[ -L $target || ! -v HOME_MANAGER_BACKUP_EXT ]]; then
      echo "$target is not a link of home-manager" >&2
      status=1
    fi
  done < <(leaves "$new")
  return $status
}

# clean_old_generation OLD NEW: removes the links of the old generation that the new one does not have.
clean_old_generation() {
  local old=$1 new=$2 path directory
  while read -r path; do
    if [[ -e $new/$path ]]; then continue; fi
    if ! is_of_a_generation "$HOME/$path"; then
      echo "$HOME/$path stays, because it is not a link of home-manager" >&2
      continue
    fi
    rm "$HOME/$path"
    directory=$(dirname "$path")
    if [[ $directory != . ]]; then
      (cd "$HOME" && rmdir -p --ignore-fail-on-non-empty "$directory")
    fi
  done < <(leaves "$old")
}

# link_new_generation NEW
link_new_generation() {
  local new=$1 path target
  while read -r path; do
    target=$HOME/$path
    if [[ -e $target && ! -L $target ]]; then
      if cmp -s "$new/$path" "$target"; then continue; fi
      if [[ -v HOME_MANAGER_BACKUP_EXT ]]; then mv "$target" "$target.$HOME_MANAGER_BACKUP_EXT"; fi
    fi
    mkdir -p "$(dirname "$target")"
    ln -Tsf "$new/$path" "$target"
  done < <(leaves "$new")
}
