# Checks before anything is built: a build would report a secret only after it is in the store, and mcpgen
# does not see the rest of the configuration.
{
  config,
  lib,
  options,
  pkgs,
  table,
}:
let
  inherit (lib) concatLists concatMap mapAttrsToList;

  cfg = config.programs.mcpgen;
  secrets = import ./secrets.nix { inherit lib table; };
  writers = import ./writers.nix { inherit config lib options; };

  assertion = holds: message: {
    assertion = holds;
    message = "programs.mcpgen.${message}";
  };

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
        ) server.${table'};
      reference = field: text: [
        (assertion (secrets.isReference text) (
          "${at field} is not a secret reference: write keyring:NAME, env:NAME, file:PATH, "
          + "dotenv:PATH#NAME, op://…, pass:PATH or command:…"
        ))
        (assertion (!secrets.isInStore text) (
          "${at field} is a file in the Nix store, which is readable by everybody; "
          + "write the path as a string, not as a Nix path"
        ))
      ];
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
          [ (literal "args" value secrets.looksSecret) ];
      auth = if lib.isAttrs server.auth then server.auth else { };
      authSecrets = lib.filterAttrs (_: text: text != null) {
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
    ++ mapAttrsToList (unexpanded "env") server.env
    ++ mapAttrsToList (unexpanded "headers") server.headers
    ++ concatMap argument server.args
    ++ lib.optional (server.url != null) (literal "url" server.url secrets.looksSecret)
    ++ concatLists (mapAttrsToList (client: own (at "extra.${client}") client) server.extra)
    ++ concatLists (mapAttrsToList (key: reference "secrets.${key}") server.secrets)
    ++ concatLists (mapAttrsToList (key: reference "auth.${key}") authSecrets);

  # The bridge's environment has neither `secrets` nor `plain`.
  sharedLiteral =
    key: text:
    assertion (!secrets.looksSecret text && !secrets.looksSecretNamed key text) (
      "launch.env.${key} looks like a secret, and the Nix store is readable by everybody; set it in the "
      + "environment of the clients"
    );

  # A client's own fields, at any depth.
  own =
    at: key: value:
    if lib.isAttrs value then
      concatLists (mapAttrsToList (key: own "${at}.${key}" key) value)
    else if lib.isList value then
      concatMap (own at key) value
    else
      lib.optional (lib.isString value) (
        assertion (!secrets.looksSecret value && !secrets.looksSecretNamed key value) (
          "${at} looks like a secret, and the Nix store is readable by everybody; write secrets "
          + "only in `secrets` and `auth`"
        )
      );

  home = "${config.home.homeDirectory}/";
  configHome = lib.removePrefix home config.xdg.configHome;
  system = if pkgs.stdenv.hostPlatform.isDarwin then "darwin" else "linux";
  # lib.file.mkOutOfStoreSymlink makes a link to a file of the user, which mcpgen can write.
  isOutOfStore = file: lib.hasPrefix "ln -s " (file.source.buildCommand or "");
  managed = lib.filterAttrs (_: file: (file.enable or true) && !isOutOfStore file) config.home.file;
  target = name: file: lib.removePrefix home (file.target or name);
  place =
    path:
    if lib.hasPrefix ".config/" path then "${configHome}/${lib.removePrefix ".config/" path}" else path;
  # Whether the file is linked, or a directory above it.
  links =
    path: name: file:
    target name file == path || !(file.recursive or false) && lib.hasPrefix "${target name file}/" path;
  clash =
    client: path:
    mapAttrsToList (
      name: _:
      assertion false (
        "clients has \"${client}\", but home.file.\"${name}\"${writers.linkedBy client} makes its file "
        + "~/${place path} a link to the store; remove one of the two"
      )
    ) (lib.filterAttrs (links (place path)) managed);
  clashes =
    client:
    let
      found = concatMap (clash client) (table.clients.${client}.${system} or [ ]);
    in
    if found == [ ] then writers.assertions client else found;
in
[
  (assertion (
    cfg.declaration == null
    || (
      cfg.clients == [ ]
      && cfg.homes == { }
      && cfg.servers == { }
      && cfg.settings == { }
      && cfg.launch.env == { }
      && lib.all (value: value == null) (
        lib.attrValues (
          removeAttrs cfg.launch [
            "env"
            "mcpgen"
          ]
        )
      )
    )
  ) "declaration is a complete mcp.toml: remove clients, homes, servers, launch and settings")
  (assertion (!(lib.isString cfg.declaration) || lib.hasPrefix "/" cfg.declaration)
    "declaration is not an absolute path: ~ and variables in it are not expanded; write \"\${config.home.homeDirectory}/…\""
  )
  (assertion
    (
      !(lib.any (name: cfg.settings ? ${name}) [
        "clients"
        "homes"
        "launch"
        "servers"
      ])
    )
    "settings is for other fields of the declaration; set clients, homes, launch and servers with their own options"
  )
  (assertion (!(cfg.launch.absolute or false)) (
    "launch.absolute looks for programs on PATH, and an activation has no PATH; write store paths instead"
  ))
  (assertion (
    cfg.declaration != null || cfg.adopt == "all" || lib.all (name: cfg.servers ? ${name}) cfg.adopt
  ) "adopt names a server that is not in servers")
]
++ mapAttrsToList sharedLiteral cfg.launch.env
++ concatLists (mapAttrsToList ofServer cfg.servers)
++ concatMap clashes cfg.clients
