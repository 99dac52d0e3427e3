#!/usr/bin/env bash
# Presses Tab in real interactive shells in tmux, and compares the lines that the shells make of it.
#
#   tests/completions/run.sh MCPGEN [--record FILE] [SHELL…]
#
# The shells are bash, zsh, fish, elvish and nushell. Debian has all but Nushell, which npm has as `nushell`.
# A shell that is not installed fails, unless others are named.
# shellcheck disable=SC2016
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

mcpgen=$(realpath "$1") && shift
record=
if [ "${1-}" = --record ]; then record=$2 && shift 2; fi
shells=("$@")
if [ $# -eq 0 ]; then shells=(bash zsh fish elvish nushell); fi

command -v tmux >/dev/null || { echo 'completions: `tmux` is not installed; on Debian: apt-get install tmux' >&2; exit 1; }

home=$(mktemp -d)
socket=$home/tmux
# shellcheck disable=SC2317
cleanup() {
  tmux -S "$socket" kill-server 2>/dev/null || true
  rm -rf "$home"
}
trap cleanup EXIT

mkdir -p "$home/bin" "$home/.config/mcpgen" "$home/project/inner" "$home/.local/state/mcpgen"
ln -s "$mcpgen" "$home/bin/mcpgen"
cat > "$home/.config/mcpgen/mcp.toml" <<'TOML'
clients = ["cursor", "claude-code"]

[servers.atlassian]
url = "https://mcp.atlassian.com/v1/mcp"
auth = "oauth"

[servers.notes]
command = "notes"
replaces = ["old-notes"]
secrets = { TOKEN = "keyring:my notes" }
TOML
printf 'clients = ["zed"]\n[servers.other]\ncommand = "other"\n' > "$home/other.toml"
printf 'clients = [\n' > "$home/broken.toml"

# Runs mcpgen as the user of the case.
run() { env -i HOME="$home" PATH="$home/bin:/usr/bin:/bin" SHELL=/bin/sh mcpgen "$@"; }
(cd "$home" && run apply --owner 'team one' >/dev/null 2>&1)

tm() { tmux -S "$socket" -f /dev/null "$@"; }
screen() { tm capture-pane -p -t "$1" -J; }

# Waits until the screen of a pane matches an extended regular expression.
await() {
  local pane=$1 pattern=$2 tries
  for ((tries = 0; tries < 200; tries++)); do
    if screen "$pane" | grep -Eq -- "$pattern"; then return; fi
    sleep 0.05
  done
  return 1
}

# Starts a shell with a prompt that the script recognizes.
start() {
  local shell=$1 rc=
  case $shell in
    bash)
      printf 'PS1="ready> "\n. /usr/share/bash-completion/bash_completion\n' > "$home/.bashrc"
      rc='bash -i' ;;
    zsh)
      printf 'PS1="ready> "\nfpath=(%s/.local/share/zsh/site-functions $fpath)\nautoload -Uz compinit && compinit -u\n' "$home" \
        > "$home/.zshrc"
      rc='zsh -i' ;;
    fish)
      mkdir -p "$home/.config/fish"
      printf 'function fish_prompt; printf "ready> "; end\nset -g fish_greeting\nset -g fish_autosuggestion_enabled 0\n' \
        > "$home/.config/fish/config.fish"
      rc='fish -i' ;;
    elvish)
      mkdir -p "$home/.config/elvish"
      printf 'set edit:prompt = { put "ready> " }\nset edit:rprompt = { }\nuse mcpgen-completions\n' > "$home/.config/elvish/rc.elv"
      rc=elvish ;;
    nushell)
      mkdir -p "$home/.config/nushell"
      printf '$env.PROMPT_COMMAND = {|| "ready" }\n$env.PROMPT_COMMAND_RIGHT = ""\n$env.PROMPT_INDICATOR = "> "\n$env.config.show_banner = false\n$env.config.completions.quick = true\n$env.config.completions.partial = true\n' \
        > "$home/.config/nushell/config.nu"
      rc=$(command -v nu) ;;
  esac
  tm new-session -d -s "$shell" -x 150 -y 40 -c "$home" \
    "env -i HOME='$home' TERM=screen LC_ALL=C.UTF-8 PATH='$home/bin:/usr/bin:/bin' $rc"
  if ! await "$shell" 'ready> *$'; then
    echo "completions: $shell shows no prompt" >&2
    screen "$shell" >&2
    exit 1
  fi
}

# Clears the line and the screen.
clear() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    tm send-keys -t "$1" C-c
    # In elvish, the key opens a list of directories.
    if [ "$1" != elvish ]; then tm send-keys -t "$1" C-l; fi
    sleep 0.1
    if [ "$(screen "$1" | sed '/^ *$/d; s/ *$//')" = 'ready>' ]; then return; fi
    if [ "$1" = elvish ]; then tm send-keys -t "$1" Escape C-u; fi
  done
}

failed=0 passed=0
# Types a line and Tab, and expects a pattern on the screen. `!` before the pattern expects that it never shows up.
tab() {
  local shell=$1 typed=$2 pattern=$3 absent=
  if [[ $pattern == '! '* ]]; then absent=${pattern#'! '} pattern=; fi
  clear "$shell"
  tm send-keys -t "$shell" -l -- "$typed"
  await "$shell" "$(printf '%s' "$typed" | sed 's/[^A-Za-z0-9 ]/./g')" || true
  local key
  for key in ${keys:-Tab}; do tm send-keys -t "$shell" "$key"; done
  if [ -n "$pattern" ]; then
    if await "$shell" "$pattern"; then passed=$((passed + 1)); return; fi
  else
    sleep 0.7
    if ! screen "$shell" | grep -Eq -- "$absent"; then passed=$((passed + 1)); return; fi
  fi
  failed=$((failed + 1))
  printf 'completions: in %s, `%s` and Tab: expected %s%s\n' "$shell" "$typed" "${absent:+nothing like }" "${pattern:-$absent}" >&2
  screen "$shell" | sed '/^ *$/d; s/^/    /' >&2
}

check() {
  local shell=$1 twice='Tab' errors
  # If there are no candidates, elvish says so.
  errors='rror: [^n]|not found|No such file|panick|usage:'
  # bash lists several candidates at the second Tab.
  if [ "$shell" = bash ]; then twice='Tab Tab'; fi
  run completions --install "$shell" >/dev/null 2>&1
  start "$shell"
  tab "$shell" 'mcpgen statu' 'mcpgen status'
  tab "$shell" 'mcpgen login ' 'mcpgen login atlassian'
  tab "$shell" 'mcpgen verify no' 'mcpgen verify notes'
  tab "$shell" 'mcpgen plan cur' 'mcpgen plan cursor'
  keys=$twice tab "$shell" 'mcpgen plan c' 'claude-code.*cursor|cursor.*claude-code|claude-code'
  tab "$shell" 'mcpgen verify --client cur' 'verify --client cursor'
  tab "$shell" 'mcpgen verify --client=cur' "verify '?--client=cursor"
  tab "$shell" 'mcpgen apply --adopt old' 'apply --adopt old-notes'
  tab "$shell" 'mcpgen apply --owner team' "apply --owner ('team one'|\"team one\"|team.? one|\`team one\`)"
  tab "$shell" 'mcpgen secret rm my' "secret rm ('my notes'|\"my notes\"|my.? notes|\`my notes\`)"
  tab "$shell" 'mcpgen merge cur' 'merge cursor'
  tab "$shell" 'mcpgen render --ou' 'render --out'
  tab "$shell" 'mcpgen --file other.toml verify ot' 'verify other'
  tab "$shell" 'mcpgen check --file other.t' 'check --file other.toml'
  tab "$shell" 'mcpgen plan --project proj' 'plan --project project/'
  tab "$shell" 'mcpgen import ze' 'import zed|zencoder'
  keys=$twice tab "$shell" 'mcpgen --file broken.toml verify ' "! $errors|atlassian"
  keys=$twice tab "$shell" 'mcpgen --file missing.toml login ' "! $errors|atlassian"
  keys=$twice tab "$shell" 'mcpgen exec xyz' "! $errors"
  tm kill-session -t "$shell"
  run completions --uninstall "$shell" >/dev/null 2>&1
}

version() {
  case $1 in
    nushell) printf 'nushell %s\n' "$(nu --version)" ;;
    elvish) printf 'elvish %s\n' "$(elvish -version)" ;;
    *) printf '%s %s\n' "$1" "$("$1" --version | grep -Eo '[0-9]+[.][0-9.]+[0-9]' | head -n 1)" ;;
  esac
}

lines=
for shell in "${shells[@]}"; do
  program=$shell
  if [ "$shell" = nushell ]; then program=nu; fi
  if ! command -v "$program" >/dev/null; then
    echo "completions: \`$program\` is not installed" >&2
    failed=$((failed + 1))
    continue
  fi
  before=$failed passed=0
  check "$shell"
  printf '%s: %d lines completed\n' "$(version "$shell")" "$passed"
  if [ "$failed" = "$before" ]; then lines+="| $(version "$shell") | $passed lines | $(date +%F) |"$'\n'; fi
done
if [ -n "$record" ]; then printf '%s' "$lines" > "$record"; fi
exit $((failed > 0))
