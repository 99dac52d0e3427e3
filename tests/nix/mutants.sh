#!/usr/bin/env bash
# Plants one fault after the other in a copy of the project. The flake's checks must fail each time: a check that
# passes in spite of its fault checks nothing. `just nix-mutants` prints the list.
#
#   mutants.sh MCPGEN             every fault
#   mutants.sh MCPGEN PATTERN     the faults whose descriptions match the pattern of bash
# shellcheck disable=SC2016 # the replaced strings contain `$` that no shell may expand
set -euo pipefail

mcpgen=$(realpath "${1:?the mcpgen to check with}")
pattern=${2:-*}
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mcpgen-ci
clean() {
  rm -rf "$work"
  # run.sh keeps the builds, because most faults change only a few of them.
  if [ -x "$cache/nix/bin/nix" ]; then
    # shellcheck source=/dev/null
    . "$cache/nix/env"
    nix store gc >/dev/null 2>&1
  fi
}
trap clean EXIT
survivors=0

# plant WHAT FILE FROM TO: replaces the string FROM, which must occur in FILE exactly once.
plant() {
  local what=$1 file=$2 from=$3 to=$4
  # shellcheck disable=SC2053 # a pattern
  [[ $what == $pattern ]] || return 0
  rm -rf "$work/project"
  mkdir "$work/project"
  (cd "$here/../.." && git ls-files -z --cached --others --exclude-standard -- flake.nix flake.lock modules \
    tests/nix examples docs/guides/nix.md Cargo.toml Cargo.lock src templates |
    tar -c --null -T - 2>/dev/null | tar -x -C "$work/project")
  git -C "$work/project" init -q
  FROM=$from TO=$to python3 - "$work/project/$file" <<'PY'
import os, sys
path = sys.argv[1]
text = open(path).read()
found = text.count(os.environ["FROM"])
if found != 1:
    sys.exit(f"{path} has {found} times: {os.environ['FROM']}")
open(path, "w").write(text.replace(os.environ["FROM"], os.environ["TO"]))
PY
  if FLAKE=$work/project "$here/run.sh" "$mcpgen" --only >"$work/log" 2>&1; then
    echo "SURVIVED  $what"
    survivors=$((survivors + 1))
  else
    echo "red       $what"
  fi
}

module=modules/home-manager.nix
if ! "$here/run.sh" "$mcpgen" --only >"$work/log" 2>&1; then
  cat "$work/log"
  echo 'the checks fail without any fault' >&2
  exit 1
fi

plant 'a wrong mainProgram' modules/package.nix 'mainProgram = "mcpgen"' 'mainProgram = "mcpgem"'
plant 'no man pages' modules/package.nix 'installManPage man/*' 'true'
plant 'a platform that the flake has, left out' modules/package.nix 'lib.platforms.linux ++ lib.platforms.darwin' 'lib.platforms.linux'
plant 'an output misspelt' flake.nix 'homeModules = rec' 'homeModule = rec'
plant 'the older name left out' flake.nix 'homeManagerModules = self.homeModules;' ''
plant 'the key left out' flake.nix 'key = "mcpgen#homeModules.mcpgen";' ''
plant 'a dry run that writes' "$module" '(declaration ++ [ "\${DRY_RUN+--dry-run ${planned}}" ])' 'declaration'
plant 'a dry run that removes' "$module" '${leave} \${DRY_RUN+--dry-run}' '${leave}'
plant 'a typo in a dag function' "$module" 'lib.hm.dag.entryAfter otherSteps' 'lib.hm.dag.entryAftr otherSteps'
plant 'a typo in a dag name' "$module" 'entryBetween [ "linkGeneration" ]' 'entryBetween [ "linkGenerations" ]'
plant 'mcpgen before the modules of clients' "$module" 'entryAfter otherSteps' 'entryAfter [ "linkGeneration" ]'
plant 'a step after mcpgen that makes a cycle' "$module" 'lib.subtractLists (later [ "mcpgen" ])' 'lib.subtractLists [ ]'
plant 'a failed apply that ends the activation' "$module" '|| mcpgenFailed $?' ''
plant 'a failed apply that nobody sees' "$module" '"exit $mcpgenStatus" EXIT' '"true" EXIT'
plant "a trap of home-manager's that is lost" "$module" "\"''\${3:-:}\"" '":"'
plant 'links of the old generation not looked at' "$module" '--old-links "$oldGenPath/home-files"' '--old-links /nowhere'
plant 'links of the new generation not looked at' "$module" 'declaration ++ [ planned ]' 'declaration'
plant 'a dry run without the links' "$module" '--dry-run ${planned}' '--dry-run'
plant 'an uninstalled home-manager' "$module" 'cfg.enable && !config.uninstall' 'cfg.enable'
plant 'no client left' "$module" 'cfg.declaration != null || cfg.clients != [ ]' 'true'
plant "a link to the user's dotfiles refused" modules/assertions.nix '&& !isOutOfStore file' ''
plant "a module of home-manager's that merges" modules/writers.nix 'lib.optional (integrates writer' 'lib.optional (false'
plant 'a server in two modules' modules/writers.nix '++ lib.concatMap (shared writer)' '++ lib.concatMap (_: [ ])'
plant 'a look behind writeBoundary' "$module" 'lib.hm.dag.entryBefore [ "writeBoundary" ] (
          collectLinks' 'lib.hm.dag.entryAfter [ "writeBoundary" ] (
          collectLinks'
plant 'no look at all' "$module" '      exit $mcpgenStatus' '      true'
plant 'an owner left out' "$module" '"--owner home-manager"' '""'
plant 'adopt not passed on' "$module" 'map (name: "--adopt ${escapeShellArg name}") cfg.adopt' '[ ]'
plant "the store path in clients' files" "$module" '"--linked-at ${escapeShellArg linkedAt}"' '""'
plant 'no declaration for mcpgen by hand' "$module" '"mcpgen/mcp.toml" = mkIf' '"mcpgen/mcp.tml" = mkIf'
plant 'session variables not looked at' "$module" 'lib.elem name table.variables' 'false'
plant "a shell's variables looked at" "$module" '"unset ${toString table.variables}"' '"true"'
plant 'a variable that nothing sets' "$module" '"set +u"' '"true"'
plant 'a server for no client' modules/declared.nix '        "clients"
' ''
plant 'an empty list of allowed tools' modules/declared.nix '        "allow"
' ''
plant 'a sign-in that modules cannot set together' modules/fields.nix 'types.coercedTo (types.enum first.enum) fromMode (tableAt path second)' 'types.either (types.enum first.enum) (tableAt path second)'
plant 'a field without an option' modules/schema.json '"secret-timeout"' '"secret-tiemout"'
plant 'a boolean as 1' modules/fields.nix 'builtins.toJSON types.str' 'toString types.str'
plant 'a secret file that stays in env' modules/secret-files.nix 'secrets = server.secrets // moved;' 'secrets = server.secrets;'
plant 'programs.mcp taken in while it is off' "$module" '&& config.programs.mcp.enable' ''
plant 'a program as text in the store' modules/fields.nix '(types.addCheck types.package lib.isDerivation)' 'types.package'
plant 'a build that checks nothing' "$module" '${program} check --file' 'true --file'
plant 'entries that stay when it is disabled' "$module" 'mcpgen "apply" [' 'mcpgen "plan" ['
plant 'leaving after the generation is given up' "$module" 'entryBetween [ "linkGeneration" ] [ "writeBoundary" ]' 'entryAfter [ "linkGeneration" ]'
plant "a default that is somebody else's mcpgen" modules/fields.nix 'default = cfg.package;' 'default = "mcpgen";'
plant 'an assertion that always holds' modules/assertions.nix 'assertion = holds;' 'assertion = true;'
plant 'secret references not looked at' modules/server-secrets.nix 'concatLists (mapAttrsToList (key: reference "secrets.${key}") server.secrets)' '[ ]'
plant 'a clash not seen' modules/assertions.nix 'concatMap clashes cfg.clients' '[ ]'
plant 'prefixes not looked for' modules/secrets.nix '    hasToken text' '    false'
plant 'names in a string not looked for' modules/secrets.nix '    || hasAssigned text' ''
plant 'arguments without their flags' modules/secrets.nix 'isOnlyFlag before && inContext before hasUser arg' 'false'
plant 'the fields of auth not looked at' modules/server-secrets.nix 'inFields (at "auth.${key}") key) authFields' '[ ]) authFields'
plant 'a secret in a rendered file' modules/render.nix 'if messages == [ ]' 'if true'
plant "somebody else's mcpgen in a file by hand" "$module" '"--mcpgen ${escapeShellArg cfg.launch.mcpgen}"' '""'
plant 'paths that agenix gives on Darwin' modules/secrets.nix '"command:${builtins.toJSON shell}"' 'text'
plant 'a server that is off, taken in' modules/integration.nix 'isOn server && ' ''
plant 'a secret file of programs.mcp' modules/integration.nix '"file:${value.file}"' 'value.file'
plant 'a placeholder that stays as it is' modules/placeholders.nix 'if found == [ ] then' 'if found == [ ] || reference == null then'
plant 'milliseconds as seconds' modules/integration.nix '(milliseconds + 999) / 1000' 'milliseconds'
plant 'a field that nobody misses' modules/integration.nix 'warnings = [ (notTaken key) ];' ''
plant 'minutes as seconds' modules/refresh.nix 'refresh.interval * 60' 'refresh.interval'
plant 'a timer without session variables' modules/refresh.nix 'config.home.sessionVariables //' '{ } //'
plant 'a dollar in a unit' modules/refresh.nix '[ "%" "$" ] [ "%%" "$$" ]' '[ "%" ] [ "%%" ]'
plant 'an option that no page names' modules/options.nix 'enable = mkEnableOption "a timer' 'enabled = mkEnableOption "a timer'
plant 'a path below ~ in the store' modules/render.nix 'grep -q "$HOME" $out' 'false'
project=modules/project.nix
plant 'a project without a root of the garbage collector' "$project" '--add-root "$link" --indirect' ''
plant 'a new owner for each declaration of a project' "$project" '--owner "$link"' '--owner "${cfg.finalDeclaration}"'
plant 'a shell that does not start' "$project" '${cfg.apply} || true' '${cfg.apply}'
plant 'the current directory as a project' "$project" 'until [ -e "$root/flake.nix" ]; do' 'until true; do'
plant 'the shell of another flake' "$project" 'cfg.flake != null' 'false'
plant 'a home directory as a project' "$project" '[ "$root" -ef "$HOME" ]' 'false'
plant 'a file of the user replaced by a link' "$project" '[ ! -L "$link" ]' 'false'
plant 'a project whose last client stays' "$project" '[ "--none" ]' '[ "--version" ]'
plant 'a secret of a project in the store' "$project" 'lib.throwIf (failed != [ ])' 'lib.throwIf false'
plant 'a project that is not checked' "$project" 'check --file' '--version'
plant 'a link of devenv elsewhere' modules/devenv.nix '".devenv/mcpgen.toml"' '"mcpgen.toml"'

[ $survivors = 0 ] || {
  echo "$survivors faults were not noticed" >&2
  exit 1
}
echo 'every fault was noticed'
