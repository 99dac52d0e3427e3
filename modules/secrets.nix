# Finds strings that look like secrets, by mcpgen's own table (src/secret/literal/table.toml). `mcpgen check` finds more;
# this check runs before anything is written to the store, which every user can read.
{ lib, table }:
let
  inherit (lib)
    any
    concatMapStrings
    concatStringsSep
    elem
    escapeRegex
    filter
    head
    init
    last
    optionalString
    splitString
    substring
    toUpper
    ;
  names = table.secretNames;

  matches = pattern: text: builtins.match pattern text != null;

  alphabets = {
    hex = "A-Fa-f0-9";
    upper = "A-Z0-9";
    alnum = "A-Za-z0-9";
    token = "A-Za-z0-9_-";
    dotted = "A-Za-z0-9_.-";
    base64 = "A-Za-z0-9+/";
  };
  token = alphabets.token;
  # The prefix, and behind it a part without separators that mixes letters and digits or cases.
  ofShape =
    shape:
    let
      count = toString shape.length;
      length = if shape.exact then count else "${count},";
    in
    "(.*[^A-Za-z0-9])?${escapeRegex shape.prefix}([${alphabets.${shape.alphabet}}]{${length}})"
    + optionalString shape.exact "([^A-Za-z0-9_].*)?"
    + optionalString (!shape.exact) ".*";
  isRandom =
    text:
    let
      parts = filter lib.isString (builtins.split "[^A-Za-z0-9]+" text);
      mixes = part: matches ".*[0-9].*" part && matches ".*[A-Za-z].*" part;
      cases = part: matches ".*[a-z].*" part && matches ".+[A-Z].*" part;
      long = part: lib.stringLength part >= 10 && matches ".*[0-9].*" part;
    in
    any (part: lib.stringLength part >= 8 && (mixes part || cases part || long part)) parts;
  hasToken =
    text:
    any (
      shape:
      lib.hasInfix shape.prefix text
      && (
        let
          found = builtins.match (ofShape shape) text;
        in
        found != null && isRandom (builtins.elemAt found 1)
      )
    ) table.secretShapes;
  hasJwt = matches ".*eyJ[${token}]*[.][${token}]{8,}[.][${token}]{8,}.*";
  hasPassword = matches ".*[A-Za-z0-9]://[^/?#@[:space:]]*:[^/?#@[:space:]$<{][^/?#@[:space:]]{3,}@.*";
  hasPrivateKey = matches ".*-----BEGIN [A-Z ]*PRIVATE KEY-----.*";
  hasHook =
    text: any (hook: matches ".*${escapeRegex hook}.*[A-Za-z0-9_-]{8,}.*" text) table.secretHooks;

  # `githubToken` is GITHUB TOKEN: a word starts at each capital, and at the last of several that a small letter follows.
  between =
    pattern: text:
    concatMapStrings (
      piece:
      if lib.isList piece then "${substring 0 1 (head piece)}_${substring 1 (-1) (head piece)}" else piece
    ) (builtins.split pattern text);
  words =
    name:
    filter (word: word != "") (
      splitString "_" (
        toUpper (
          lib.replaceStrings [ "-" "." " " ] [ "_" "_" "_" ] (
            between "([A-Z][A-Z][a-z])" (between "([a-z0-9][A-Z])" name)
          )
        )
      )
    );
  bare = word: head (builtins.match "(.*[^0-9])?[0-9]*" word ++ [ "" ]);
  kind =
    list:
    let
      word = bare (last list);
      word' = if word == null then "" else word;
      before = if init list == [ ] then "" else last (init list);
    in
    if list == [ ] then
      null
    else if word' == "" || elem word' names.ignored then
      kind (init list)
    else if
      word' == "KEY" && elem before names.openKey || word' == "TOKEN" && elem before names.openToken
    then
      null
    else if elem word' names.any then
      "any"
    else if elem word' names.password then
      "password"
    else if elem word' names.opaque || elem word' names.plural && elem before names.owner then
      "opaque"
    else if any (end: lib.hasSuffix end word') names.ends then
      (if any (end: lib.hasSuffix end word') names.password then "password" else "opaque")
    else
      null;

  isPath = matches "[/~.].*|.*://.*|[$].*|.*:[$][{].*|<.*>|[{].*";
  isOpaque =
    value:
    lib.stringLength value >= 8
    && !(isPath value)
    && !(matches "[A-Za-z]?[a-z]*([_ .-][A-Z]?[a-z]*)*|[A-Z_]*|[0-9.]*" value)
    && !(matches "[^@ ]+@[A-Za-z0-9.-]+[.][a-z]{2,7}" value);
  isSecret =
    name: text:
    let
      value = last (builtins.match "((${concatStringsSep "|" table.secretSchemes}) )?(.*)" text);
      what = kind (words name);
    in
    !(isReference text)
    && (
      if what == "password" then
        lib.stringLength value >= 4 && !(isPath value)
      else
        what != null && isOpaque value
    );

  isReference = matches "(keyring|env|file|pass|command):.*|dotenv:.*#[A-Za-z0-9_.-]+|op://.*";
in
{
  inherit isReference;

  looksSecret =
    text: hasToken text || hasJwt text || hasPassword text || hasPrivateKey text || hasHook text;
  looksSecretNamed = isSecret;

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
  isInStore =
    text:
    lib.any (scheme: lib.hasPrefix "${scheme}:${builtins.storeDir}/" text) [
      "file"
      "dotenv"
    ];
}
