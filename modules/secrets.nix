# Finds strings that look like secrets, by mcpgen's own prefixes and names. `mcpgen check` finds more; this check
# runs before anything is written to the store, which every user can read.
{ lib, table }:
let
  inherit (lib) concatStringsSep escapeRegex mapAttrsToList;

  token = "A-Za-z0-9_-";
  matches = pattern: text: builtins.match pattern text != null;

  prefixed = mapAttrsToList (
    prefix: atLeast: "(.*[^A-Za-z0-9])?${escapeRegex prefix}([${token}]{${toString atLeast},}).*"
  ) table.secretPrefixes;
  hasToken =
    text:
    lib.any (
      pattern:
      let
        found = builtins.match pattern text;
      in
      found != null && matches ".*[A-Z0-9].*" (lib.last found)
    ) prefixed;
  hasJwt = matches ".*eyJ[${token}]*[.][${token}]{8,}[.][${token}]{8,}.*";
  hasPassword = matches ".*[A-Za-z0-9]://[^/?#@[:space:]]*:[^/?#@[:space:]$<{][^/?#@[:space:]]{3,}@.*";

  named = "(.*_)?(${concatStringsSep "|" table.secretNames})";
  isNamed = name: matches named (lib.toUpper (lib.replaceStrings [ "-" ] [ "_" ] name));
  isOpaque =
    text:
    let
      value = lib.last (builtins.match "((Bearer|Basic|Token) )?(.*)" text);
    in
    lib.stringLength value >= 8
    && !(matches "[/~.$].*|.*://.*|.*:[$][{].*|[a-z_-]*|[0-9.]*" value)
    && !(isReference value);

  isReference = matches "(keyring|env|file|pass|command):.*|op://.*";
in
{
  inherit isReference;

  looksSecret = text: hasToken text || hasJwt text || hasPassword text;
  looksSecretNamed = name: text: isNamed name && isOpaque text;

  # agenix's path on Darwin contains a shell command, so a shell reads the file.
  resolvable =
    text:
    let
      path = lib.removePrefix "file:" text;
      shell = [
        "/bin/sh"
        "-c"
        "cat \"${path}\""
      ];
    in
    if lib.hasPrefix "file:$(getconf DARWIN_USER_TEMP_DIR)/" text then
      "command:${builtins.toJSON shell}"
    else
      text;

  # Every user can read the files in the store, so a secret must not be in one.
  isInStore = text: lib.hasPrefix "file:${builtins.storeDir}/" text;
}
