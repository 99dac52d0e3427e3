# bash completion for mcpgen, made by `mcpgen completions`
# shellcheck shell=bash

_mcpgen() {
  COMPREPLY=()
  # bash splits words at each `=` and `:`, so they are put together again. The last word ends at the cursor.
  local words=() word rest=${COMP_LINE:0:COMP_POINT} spaces i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]} spaces=${rest%%[![:space:]]*}
    rest=${rest#"$spaces"}
    if ((i == COMP_CWORD)); then word=$rest; fi
    rest=${rest#"$word"}
    if ((i > 0)) && [[ -z $spaces ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  # No word that matters has a backslash or a quote of its own.
  for i in "${!words[@]}"; do
    word=${words[i]//\\/}
    if ((i < ${#words[@]} - 1)); then word=${word//[\"\']/}; fi
    words[i]=$word
  done

  local typed=${words[${#words[@]} - 1]} quote=
  # The word may begin with a quote that is not closed yet.
  case $typed in
    [\"\']*) quote=${typed:0:1} typed=${typed#?} words[${#words[@]} - 1]=$typed ;;
  esac
  # Readline replaces only what follows the last `=` or `:`.
  local replaced=
  if [[ -z $quote && $typed == *[=:]* && $COMP_WORDBREAKS == *[=:]* ]]; then
    replaced=${typed%"${typed##*[=:]}"}
  fi

  local line value
  while IFS= read -r line; do
    value=${line%%$'\t'*}
    case $line in
      $'\tfiles' | $'\tdirectories')
        local path action=file
        [[ $line == $'\tdirectories' ]] && action=directory
        compopt -o filenames 2>/dev/null
        while IFS= read -r path; do COMPREPLY+=("$path"); done \
          < <(compgen -A "$action" -- "${typed#"$replaced"}" 2>/dev/null)
        ;;
      *)
        value=${value#"$replaced"}
        if [[ -z $quote && $value == *[!A-Za-z0-9_./:=@%+,-]* ]]; then printf -v value %q "$value"; fi
        COMPREPLY+=("$value")
        ;;
    esac
  done < <(command mcpgen __complete -- "${words[@]}" 2>/dev/null)
}

complete -F _mcpgen mcpgen
