# Finds the placeholders of clients in a string: `{env:NAME}` and `{file:PATH}` (OpenCode), `${NAME}` and `${env:NAME}`
# (Claude Code, VS Code and others), `${input:NAME}` (VS Code) and `$(command)` (Crush).
{ lib }:
let
  inherit (builtins) match split;

  # The secret reference with the same meaning, or null if there is none.
  referenceOf =
    placeholder:
    let
      tagged = match "[{](env|file):([^}]+)[}]" placeholder;
      named = match "[$][{](env:)?([A-Za-z_][A-Za-z0-9_]*)[}]" placeholder;
      name = lib.last named;
    in
    if tagged != null then
      lib.concatStringsSep ":" tagged
    # A name with small letters, for example `workspaceFolder`, is one of the client's own.
    else if named != null && (lib.head named != null || lib.toUpper name == name) then
      "env:${name}"
    else
      null;
in
text:
let
  pieces = split "([$][{][^}]*[}]|[{](env|file):[^}]*[}]|[$][(][^)]*[)])" text;
  found = map lib.head (lib.filter lib.isList pieces);
  placeholder = lib.head found;
  reference = referenceOf placeholder;
in
if found == [ ] then
  { literal = text; }
else if lib.length found == 1 && reference != null then
  {
    inherit reference;
    prefix = lib.head pieces;
    suffix = lib.last pieces;
  }
else
  {
    unsupported = lib.head (lib.filter (one: referenceOf one == null) found ++ [ placeholder ]);
  }
