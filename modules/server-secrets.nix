# Finds the secrets in a server or an identity provider, and what cannot be a server. Returns a list of `{ holds; message; }`.
{ lib, table }:
let
  inherit (lib) concatLists concatMap mapAttrsToList;
  secrets = import ./secrets.nix { inherit lib table; };
  assertion = holds: message: { inherit holds message; };
  strings = lib.filterAttrs (_: lib.isString);

  referenceAt = place: text: [
    (assertion (secrets.isReference text) (
      "${place} is not a secret reference: write keyring:NAME, env:NAME, file:PATH, "
      + "dotenv:PATH#NAME, op://…, pass:PATH or command:…"
    ))
    (assertion (!secrets.looksSecret text) (
      "${place} has a command with a secret in it, and the Nix store is readable by everybody; "
      + "write a command that reads the secret from a store"
    ))
    (assertion (!secrets.isInStore text) (
      "${place} is a file in the Nix store, which is readable by everybody; "
      + "write the path as a string, not as a Nix path"
    ))
  ];

  ofProvider =
    name: provider:
    let
      references = [
        "client-secret"
        "id-token"
      ];
      at = field: "idp.${name}.${field}";
      isGiven = field: (provider.${field} or null) != null;
    in
    concatMap (field: referenceAt (at field) provider.${field}) (lib.filter isGiven references)
    ++ concatLists (mapAttrsToList (key: inFields (at key) key) (removeAttrs provider references));

  ofServer =
    name: server:
    let
      at = field: "servers.${name}.${field}";
      isPlain = field: lib.elem field server.plain;
      literal =
        field: text: isSecret:
        assertion (isPlain field || !isSecret text) (
          "${at field} looks like a secret, and the Nix store is readable by everybody; "
          + "write a reference to it in `secrets`, for example \"keyring:NAME\", "
          + "or list \"${field}\" in `plain` if it is not a secret"
        );
      byName =
        table':
        mapAttrsToList (
          key: text:
          literal "${table'}.${key}" text (
            value: secrets.looksSecret value || secrets.looksSecretNamed key value
          )
        ) (strings server.${table'});
      reference = field: referenceAt (at field);
      # The strings around a secret are literal.
      argument =
        value:
        if lib.isAttrs value then
          reference "args" (if value.secret == null then "" else value.secret)
          ++ map (text: literal "args" text secrets.looksSecret) (
            lib.filter (text: text != null) [
              value.prefix
              value.suffix
            ]
          )
        else
          [ ];
      # A flag may say what the next argument is.
      plainArguments = map (value: if lib.isString value then value else null) server.args;
      auth = if lib.isAttrs server.auth then server.auth else { };
      authFields = removeAttrs auth [
        "assertion"
        "token"
        "client-secret"
        "private-key"
      ];
      authSecrets = lib.filterAttrs (_: text: text != null) {
        assertion = auth.assertion or null;
        token = auth.token or null;
        client-secret = auth.client-secret or null;
        private-key = auth.private-key or null;
      };
      unexpanded =
        table': key: text:
        assertion (builtins.match ".*[{](env|file):.*[}].*" text == null) (
          "${at "${table'}.${key}"} has a reference inside a string, which only some clients expand; "
          + "write `secrets.${key} = \"env:NAME\"` or `auth.token`"
        );
    in
    [
      (assertion ((server.command != null) != (server.url != null)) (
        "servers.${name} needs either `command` or `url`"
      ))
    ]
    ++ byName "env"
    ++ byName "headers"
    ++ mapAttrsToList (unexpanded "env") (strings server.env)
    ++ mapAttrsToList (unexpanded "headers") (strings server.headers)
    ++ inFields (at "command") "command" server.command
    ++ inFields (at "cwd") "cwd" (server.cwd or null)
    ++ concatMap argument server.args
    ++ [ (literal "args" plainArguments secrets.looksSecretArguments) ]
    ++ lib.optional (server.url != null) (literal "url" server.url secrets.looksSecret)
    ++ concatLists (mapAttrsToList (client: inFields (at "extra.${client}") client) server.extra)
    ++ concatLists (mapAttrsToList (key: reference "secrets.${key}") server.secrets)
    ++ concatLists (mapAttrsToList (key: reference "auth.${key}") authSecrets)
    ++ concatLists (mapAttrsToList (key: inFields (at "auth.${key}") key) authFields);

  # Fields without secrets, at any depth.
  inFields =
    at: key: value:
    if lib.isDerivation value then
      [ ]
    else if lib.isAttrs value then
      concatLists (mapAttrsToList (key: inFields "${at}.${key}" key) value)
    else if lib.isList value then
      concatMap (inFields at key) value
    else
      lib.optional (lib.isString value) (
        assertion (!secrets.looksSecret value && !secrets.looksSecretNamed key value) (
          "${at} looks like a secret, and the Nix store is readable by everybody; write secrets "
          + "only in `secrets` and `auth`"
        )
      );
in
{
  inherit inFields ofProvider ofServer;
}
