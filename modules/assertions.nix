# Checks before anything is built: a build would report a secret only after it is in the store, and mcpgen
# does not see the rest of the configuration.
{
  cfg,
  # home-manager's configuration. A project has none.
  config ? { },
  lib,
  options ? { },
  pkgs,
  prefix,
  table,
}:
let
  inherit (lib) concatLists concatMap mapAttrsToList;
  inherit (import ./server-secrets.nix { inherit lib table; }) inFields ofProvider ofServer;

  secrets = import ./secrets.nix { inherit lib table; };
  writers = import ./writers.nix { inherit config lib options; };

  assertion = holds: message: {
    assertion = holds;
    message = "${prefix}.${message}";
  };
  # The names of the options start with programs.mcpgen.
  prefixed = map ({ holds, message }: assertion holds message);

  # The bridge's environment has neither `secrets` nor `plain`.
  sharedLiteral =
    key: text:
    assertion (!secrets.looksSecret text && !secrets.looksSecretNamed key text) (
      "launch.env.${key} looks like a secret, and the Nix store is readable by everybody; set it in the "
      + "environment of the clients"
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
  declared = [
    (assertion
      (
        cfg.declaration == null
        || (
          cfg.clients == [ ]
          && cfg.homes or { } == { }
          && cfg.idp == { }
          && cfg.include == null
          && cfg.machine == null
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
      )
      "declaration is a complete mcp.toml: remove clients, homes, idp, include, machine, servers, launch and settings"
    )
    (assertion
      (
        !(lib.any (name: cfg.settings ? ${name}) [
          "clients"
          "homes"
          "idp"
          "include"
          "launch"
          "machine"
          "servers"
        ])
      )
      "settings is for other fields of the declaration; set clients, homes, idp, include, launch, machine and servers with their own options"
    )
    (assertion (
      cfg.declaration != null || cfg.adopt == "all" || lib.all (name: cfg.servers ? ${name}) cfg.adopt
    ) "adopt names a server that is not in servers")
  ]
  ++ mapAttrsToList sharedLiteral cfg.launch.env
  ++ prefixed (inFields "launch.bridge" "bridge" cfg.launch.bridge)
  ++ concatLists (mapAttrsToList (name: idp: prefixed (ofProvider name idp)) cfg.idp)
  ++ concatLists (mapAttrsToList (name: server: prefixed (ofServer name server)) cfg.servers)
  ++ concatLists (
    mapAttrsToList (name: value: prefixed (inFields "settings.${name}" name value)) cfg.settings
  );
in
{
  # What a project asserts too.
  inherit declared;

  all =
    declared
    ++ [
      (assertion (!(lib.isString cfg.declaration) || lib.hasPrefix "/" cfg.declaration)
        "declaration is not an absolute path: ~ and variables in it are not expanded; write \"\${config.home.homeDirectory}/…\""
      )
      (assertion (cfg.launch.absolute != true) (
        "launch.absolute looks for programs on PATH, and an activation has no PATH; write store paths instead"
      ))
    ]
    ++ concatMap clashes cfg.clients;
}
