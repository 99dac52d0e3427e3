# Finds strings that look like secrets, by mcpgen's own table (src/secret/literal/table.toml) and as mcpgen does: the
# evaluation must find a secret before it is in the store, which every user can read. tests/nix/recognized.json has
# mcpgen's verdicts, and the checks compare them.
{ lib, table }:
let
  inherit (lib)
    all
    any
    concatMapStringsSep
    elem
    elemAt
    escapeRegex
    filter
    hasInfix
    hasPrefix
    hasSuffix
    head
    init
    last
    stringLength
    toUpper
    ;
  names = table.secretNames;
  flags = table.secretFlags;

  matches = pattern: text: builtins.match pattern text != null;
  # The parts of a string between the matches of a pattern.
  parts = pattern: text: filter lib.isString (builtins.split pattern text);
  # The groups of all matches of a pattern.
  found = pattern: text: filter lib.isList (builtins.split pattern text);
  isIn = words: word: any (known: toUpper known == toUpper word) words;

  # Tokens of issuers: the prefix, and behind it a part without separators that mixes letters and digits or cases.
  alphabets = {
    hex = "A-Fa-f0-9";
    upper = "A-Z0-9";
    alnum = "A-Za-z0-9";
    token = "A-Za-z0-9_-";
    dotted = "A-Za-z0-9_.-";
    base64 = "A-Za-z0-9+/";
  };
  token = alphabets.token;
  ofShape =
    shape:
    let
      count = toString shape.length;
      length = if shape.exact then count else "${count},";
    in
    "(.*[^A-Za-z0-9])?${escapeRegex shape.prefix}([${alphabets.${shape.alphabet}}]{${length}})"
    + (if shape.exact then "([^A-Za-z0-9_].*)?" else ".*");
  isMixture =
    text:
    let
      mixes = part: matches ".*[0-9].*" part && matches ".*[A-Za-z].*" part;
      cases = part: matches ".*[a-z].*" part && matches ".+[A-Z].*" part;
      long = part: stringLength part >= 10 && matches ".*[0-9].*" part;
    in
    any (part: stringLength part >= 8 && (mixes part || cases part || long part)) (
      parts "[^A-Za-z0-9]+" text
    );
  hasToken =
    text:
    any (
      shape:
      hasInfix shape.prefix text
      && (
        let
          shaped = builtins.match (ofShape shape) text;
        in
        shaped != null && isMixture (elemAt shaped 1)
      )
    ) table.secretShapes;
  hasJwt = matches ".*eyJ[${token}]*[.][${token}]{8,}[.][${token}]{8,}.*";
  hasPrivateKey = matches ".*-----BEGIN [A-Z ]*PRIVATE KEY-----.*";

  # RFC 7617, section 2: `Basic` and a user name with a password in base64.
  digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  digitOf = lib.listToAttrs (
    lib.imap0 (value: char: lib.nameValuePair char value) (lib.stringToCharacters digits)
  );
  # Whether a byte in base64 is a colon.
  hasColon =
    text:
    let
      sextets = map (char: digitOf.${char}) (lib.stringToCharacters text);
      at = index: elemAt sextets index;
      byte =
        index:
        let
          first = index * 4 / 3;
          shift = lib.mod index 3;
          pair = at first * 64 + at (first + 1);
        in
        # Twelve bits, of which eight belong to the byte.
        lib.mod (
          pair
          / (
            if shift == 0 then
              16
            else if shift == 1 then
              4
            else
              1
          )
        ) 256;
    in
    any (index: byte index == 58) (lib.range 0 (lib.length sextets * 3 / 4 - 1));
  hasBasic =
    text: any (group: hasColon (head group)) (found "[Bb][Aa][Ss][Ii][Cc] ([A-Za-z0-9+/]{6,})=*" text);

  # URLs: user names with passwords, hooks, keys in paths, and signatures.
  isHost = host: known: host == known || hasSuffix ".${known}" host;
  isRandom =
    text:
    matches ".*[0-9].*" text && matches ".*[a-z].*[a-z].*" text && matches ".*[A-Z].*[A-Z].*" text;
  isKey =
    part:
    stringLength part >= 24 && any (run: stringLength run >= 10 && isRandom run) (parts "[-_.]" part);
  isUserSecret =
    info:
    let
      password = builtins.match "[^:]*:(.*)" info;
    in
    if password != null then
      judgeValue "password" (head password)
    else
      stringLength info >= 24 && isRandom info;
  inUrl =
    url:
    let
      path = head (parts "[?#]" url);
      query = lib.removePrefix path url;
      host = head (parts ":" (last (parts "@" (head (parts "/" path)))));
      isOneOf = any (isHost host);
      afterHook =
        hook:
        if hasPrefix "." hook then
          builtins.match ".*${escapeRegex hook}(.+)" path
        else
          builtins.match "${escapeRegex hook}(.+)" path;
      hooks = filter (rest: rest != null) (map afterHook table.secretHooks);
      isHook = any (
        rest: any (part: stringLength part >= 8 && isOpaque part) (parts "/" (head rest))
      ) hooks;
      isSignature =
        pair:
        let
          split = builtins.match "[?#]?([^=]*)=(.*)" pair;
          name = head split;
          value = last split;
        in
        split != null
        && (isIn table.secretUrls.signed name || name == "code" && isOneOf table.secretUrls.code)
        && stringLength value >= 16
        && isOpaque value;
    in
    (
      if hooks != [ ] then
        isHook
      else
        !isOneOf table.secretUrls.documents && any isKey (lib.drop 1 (parts "/" path))
    )
    || any isSignature (parts "&" query);
  hasUrlSecret =
    text:
    any (group: isUserSecret (head group)) (
      found "[A-Za-z0-9]://([^/?#[:space:]\"'`]*)@[A-Za-z0-9[]" text
    )
    || any (group: inUrl (head group)) (found "://([^][:space:]\"'`<>\\)},;]+)" text);

  # `githubToken` is GITHUB TOKEN: a word starts at each capital, and at the last of several that a small letter follows.
  between =
    pattern: text:
    lib.concatMapStrings (
      piece:
      if lib.isList piece then
        "${lib.substring 0 1 (head piece)}_${lib.substring 1 (-1) (head piece)}"
      else
        piece
    ) (builtins.split pattern text);
  words =
    name:
    filter (word: word != "") (
      parts "[^A-Z0-9]+" (toUpper (between "([A-Z][A-Z][a-z])" (between "([a-z0-9][A-Z])" name)))
    );
  bare =
    word:
    let
      letters = builtins.match "(.*[^0-9])[0-9]*" word;
    in
    if letters == null then "" else head letters;
  # Which values of a name are secrets: `any`, `password`, `opaque`, `connection` or null.
  kindOf = name: kindOfWords (words name);
  kindOfWords =
    list:
    let
      word = bare (last list);
      before = if init list == [ ] then "" else last (init list);
      endsWith = kinds: any (end: hasSuffix end word && elem end kinds) names.ends;
    in
    if list == [ ] then
      null
    else if word == "" || elem word names.ignored then
      kindOfWords (init list)
    else if
      word == "KEY" && elem before names.openKey || word == "TOKEN" && elem before names.openToken
    then
      null
    else if elem word names.any then
      "any"
    else if elem word names.password then
      "password"
    else if elem word names.opaque then
      "opaque"
    else if elem word names.connection then
      "connection"
    else if elem word names.plural then
      (if elem before names.owner then "opaque" else null)
    else if endsWith names.password then
      "password"
    else if endsWith names.ends then
      "opaque"
    else
      null;

  # Values.
  withoutScheme =
    value:
    let
      scheme = concatMapStringsSep "|" (
        one:
        lib.concatMapStrings (char: "[${toUpper char}${lib.toLower char}]") (lib.stringToCharacters one)
      ) (map (lib.replaceStrings [ "-" ] [ "" ]) table.secretSchemes);
    in
    last (builtins.match "((${scheme}|[Aa]pi-[Kk]ey) +)?(.*)" value);
  isPlace =
    value:
    matches "(~/|[.]/|[.][.]/|~\\\\|\\\\\\\\|.:[\\\\/]).*|.*://.*" value
    || hasPrefix "/" value && all (part: !isMixed part) (parts "/" value);
  isMixed =
    part:
    stringLength part >= 8
    && matches ".*[0-9].*" part
    && matches ".*[A-Z].*" part
    && matches ".*[a-z].*" part;
  isNumber =
    value: matches "[0-9.:,+-]*" value && stringLength (lib.concatStrings (parts "[^0-9]" value)) < 16;
  isPlain =
    value: all (part: matches "|[A-Za-z][a-z]{0,18}|[A-Z]{1,19}" part) (parts "[-_ .,/+]" value);
  isMail = matches "[A-Za-z0-9._+-]*@[A-Za-z0-9._+-]*[.][A-Za-z0-9_+-]{2,7}";
  isOpaque =
    value:
    stringLength value >= 8 && !isPlace value && !isNumber value && !isPlain value && !isMail value;
  isPassword = value: stringLength value >= 4 && !isPlace value;
  isConnection =
    value:
    let
      user = builtins.match "([^@]*)@.*" value;
    in
    user != null && !hasSuffix "//" (head user) || !hasInfix "://" value && isOpaque value;
  # What a client, a shell or mcpgen replaces.
  isExpanded =
    value:
    matches ".*[$][{].*[}].*|.*[{](env|file):.*|[$][(].*|.* [$][(][^ ]*|(.* )?[$][A-Za-z_][A-Za-z0-9_]*|(.* )?%[A-Za-z0-9_]+%" value;
  isPlaceholder =
    value: matches "<.*>|[{][{].*[}][}]|\\[.*]|.*<[A-Za-z _-]+>.*|.*[.][.][.]|[^*]*[*][*][*]+" value;
  trim = text: head (builtins.match "[[:space:]]*(.*[^[:space:]]|)[[:space:]]*" text);
  judgeValue =
    kind: text:
    let
      value = trim text;
      bare' = withoutScheme value;
      isVariable = hasPrefix "$" bare' && isPassword bare';
    in
    !(
      bare' == ""
      || isReference value
      || isReference bare'
      || isExpanded value
      || isIn table.harmlessValues bare'
      || isPlaceholder bare'
    )
    && (
      if kind == "any" then
        true
      else if kind == "password" then
        isPassword bare'
      else if isVariable then
        true
      else if kind == "opaque" then
        isOpaque bare'
      else
        isConnection bare'
    );

  # `api_key=…`, `Authorization: Bearer …`, `--password …` inside a string.
  plainEnd = "[^[:space:]&,;\"'}\\)#`]";
  valuePattern = "[ \t]*\\\\?(\"[^\"\n]*|'[^'\n]*|([A-Za-z]+(-[A-Za-z]+)? +)?${plainEnd}+)";
  unquoted = value: lib.removePrefix "'" (lib.removePrefix "\"" value);
  isQuoted = value: matches "[\"'].*" value;
  ofScheme = value: if withoutScheme value == value then head (parts " " value) else value;
  assignedBy =
    sign: isSecret: text:
    any (group: isSecret (elemAt group 0) (elemAt group 1)) (
      found "([A-Za-z0-9_-]+)[ \"'\\\\]*${sign}${valuePattern}" text
    );
  hasAssigned =
    text:
    assignedBy "=" (
      name: value:
      let
        kind = kindOf name;
      in
      kind != null && judgeValue kind (if isQuoted value then unquoted value else ofScheme value)
    ) text
    || assignedBy ":" (
      name: value:
      let
        kind = kindOf name;
        word = ofScheme value;
        prose = !(elem (toUpper name) names.weak);
        noScheme = withoutScheme word == word;
      in
      kind != null
      && (
        if isQuoted value then
          judgeValue kind (unquoted value)
        else
          prose && judgeValue (if noScheme then "opaque" else kind) word
      )
    ) text
    || any (
      group:
      let
        name = elemAt group 1;
        value = elemAt group 2;
        kind = kindOf name;
      in
      stringLength name > 2
      && kind != null
      && !isFlag value
      && judgeValue kind (if isQuoted value then unquoted value else ofScheme value)
    ) (found "(^|[][ \"'`\n\t(])(--?[A-Za-z0-9_-]+) ${valuePattern}" text);

  # Arguments, in which a flag may say what the next one is.
  isFlag = matches "--?[a-z][a-z0-9-]*|-[A-Za-z]";
  isNamedFlag = matches "--[A-Za-z][A-Za-z_-]*";
  namesUser =
    arg:
    !elem arg flags.notUser
    && any (
      flag:
      arg == flag
      || hasPrefix "${flag}=" arg
      || !hasPrefix "--" flag && hasPrefix flag arg && !hasPrefix "${flag}-" arg
    ) flags.user;
  isPort = text: matches "[0-9:.-]*" (head (parts "/" text));
  pairOf =
    sign: text:
    let
      pair = builtins.match "([^${sign}]*)${sign}(.*)" text;
    in
    pair != null && judgeNamed (head pair) (last pair);
  inContext =
    flag: hasUser: text:
    if elem flag flags.header then
      pairOf ":" text
    else if elem flag flags.environment then
      pairOf "=" text
    else if elem flag flags.user then
      !isPort text
      && hasInfix ":" text
      && judgeValue "password" (last (builtins.match "([^:]*):(.*)" text))
    else if elem flag flags.password && hasUser then
      !isPort text && judgeValue "password" text
    else
      let
        name = lib.removePrefix "-" (lib.removePrefix "-" flag);
      in
      stringLength name > 1 && judgeNamed name text;
  attached =
    arg: hasUser:
    let
      long = builtins.match "(-[^[:space:]=]+)=(.*)" arg;
      short = filter (flag: stringLength flag == 2 && hasPrefix flag arg && flag != arg) (
        flags.header ++ flags.environment ++ flags.user ++ flags.password
      );
    in
    hasPrefix "-" arg
    && (
      long != null && stringLength (head long) > 2 && inContext (head long) hasUser (last long)
      || short != [ ] && inContext (head short) hasUser (lib.substring 2 (-1) arg)
    );
  isAttachedPassword =
    arg: hasUser:
    hasUser
    && any (flag: hasPrefix flag arg && !matches "[a-z]*" (lib.removePrefix flag arg)) flags.password;

  judge =
    text:
    hasToken text
    || hasJwt text
    || hasPrivateKey text
    || hasBasic text
    || hasUrlSecret text
    || hasAssigned text;
  judgeNamed =
    name: text:
    let
      kind = kindOf name;
    in
    judge text || kind != null && judgeValue kind text;
  # Whether an argument of a list is a secret. A null is an argument that mcpgen resolves.
  judgeArguments =
    args:
    let
      known = map (arg: if arg == null then "" else arg) args;
      hasUser = any namesUser known;
      isOnlyFlag = arg: isFlag arg && !isAttachedPassword arg hasUser || isNamedFlag arg;
      isSecret =
        index:
        let
          arg = elemAt known index;
          before = if index == 0 then "" else elemAt known (index - 1);
        in
        !isOnlyFlag arg
        && (judge arg || isOnlyFlag before && inContext before hasUser arg || attached arg hasUser);
    in
    any isSecret (lib.range 0 (lib.length args - 1));

  isReference = matches "(keyring|env|file|pass|command):.+|dotenv:.*#[A-Za-z0-9_.-]+|op://.+";
in
{
  inherit isReference;

  looksSecret = judge;
  looksSecretNamed = judgeNamed;
  looksSecretArguments = judgeArguments;

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
    if hasPrefix "file:$(getconf DARWIN_USER_TEMP_DIR)/" text then
      "command:${builtins.toJSON shell}"
    else
      text;

  # Every user can read the files in the store, so a secret must not be in one.
  isInStore =
    text:
    any (scheme: hasPrefix "${scheme}:${builtins.storeDir}/" text) [
      "file"
      "dotenv"
    ];
}
