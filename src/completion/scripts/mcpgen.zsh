#compdef mcpgen
# zsh completion for mcpgen, made by `mcpgen completions`

_mcpgen() {
  local line value about paths=
  local -a described
  # The words in front of the cursor, without their quotes.
  local -a typed=("${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}")
  for line in "${(@f)$(command mcpgen __complete -- "${typed[@]}" 2>/dev/null)}"; do
    value=${line%%$'\t'*} about=${line#*$'\t'}
    if [[ -n $value ]]; then
      described+=("${${value//\\/\\\\}//:/\\:}:$about")
    elif [[ -n $about ]]; then
      paths=$about
    fi
  done
  local result=1
  if (( $#described )); then
    _describe -V 'mcpgen' described && result=0
  fi
  if [[ -n $paths && $PREFIX == --*=* ]]; then compset -P 1 '*='; fi
  case $paths in
    files) _files && result=0 ;;
    directories) _files -/ && result=0 ;;
  esac
  return result
}

if [[ $funcstack[1] == _mcpgen ]]; then
  _mcpgen "$@"
else
  compdef _mcpgen mcpgen
fi
