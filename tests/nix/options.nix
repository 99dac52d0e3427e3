# The table of options in docs/guides/nix.md is the module's. `run.sh --bless` writes it anew.
{
  evaluate,
  lib,
  run,
  pkgs,
  ...
}:
let
  words = text: if lib.isAttrs text then text.text else text;
  line =
    text:
    lib.concatStringsSep " " (
      lib.filter (word: lib.isString word && word != "") (builtins.split "[[:space:]]+" text)
    );
  plain =
    text: line (lib.replaceStrings [ "{option}" "{file}" "{env}" "|" ] [ "" "" "" "\\|" ] (words text));
  # lib gives the text since 2022, and the value before.
  value = default: default.text or (lib.generators.toPretty { } default);
  default =
    option:
    if option.readOnly or false then
      "read-only"
    else if !(option ? default) then
      ""
    else
      "`${line (value option.default)}`";
  clients = lib.attrNames (lib.importJSON ../../modules/table.json).clients;
  # One spelling for every lib.
  type =
    option:
    let
      remove = part: lib.replaceStrings [ part ] [ "" ];
      named = lib.replaceStrings [ (lib.types.enum clients).description ] [ "client" ] option.type;
      short = lib.foldl' (text: part: remove part text) named [
        "null or "
        " (both inclusive)"
        " (singular enum)"
        " convertible to it"
        "open submodule of "
        "absolute "
        "("
        ")"
      ];
    in
    plain short;
  example = option: lib.optionalString (option ? example) "`${plain (value option.example)}`";
  row =
    option:
    "| `${lib.removePrefix "programs.mcpgen." option.name}` | ${type option} | ${default option} | ${plain option.description} | ${example option} |\n";
  options = lib.filter (option: lib.hasPrefix "programs.mcpgen." option.name && !option.internal) (
    lib.optionAttrSetToDocList (evaluate { }).options
  );
  table =
    "| `programs.mcpgen.…` | type | default | description | example |\n|---|---|---|---|---|\n"
    + lib.concatMapStrings row options;
  parts = builtins.split "(<!-- options: [^>]* -->\n\n)" (builtins.readFile ../../docs/guides/nix.md);
in
{
  # With the table itself for `run.sh --bless`.
  options =
    name:
    run ''
      diff -u ${pkgs.writeText "page" (lib.last parts)} ${pkgs.writeText "table" table} ||
        fail 'docs/guides/nix.md has other options than the module: run tests/nix/run.sh --bless'
    '' name
    // {
      inherit table;
    };
}
