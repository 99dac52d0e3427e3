# Finds home-manager's own modules that write the files of the clients in `clients`, by the list in writers.json:
# - `link`: the module makes the file a link to the store. `moved` has the options that do this if the file is not at
#   its usual path.
# - `merge`: the module merges its servers into the file at each activation, and never removes them.
# - `twice`: the module gives the client the servers in another way, so the client has each server twice.
# `servers` has the options with servers by name.
{
  config,
  lib,
  options,
}:
let
  cfg = config.programs.mcpgen;
  inherit (lib.importJSON ./writers.json) writers;

  isSet = value: value != null && value != false && value != { } && value != [ ];
  ofClient = client: lib.filter (writer: writer.client == client && isEnabled writer) writers;
  isEnabled =
    writer: options.programs ? ${writer.module} && config.programs.${writer.module}.enable or false;
  valueOf =
    writer: path: lib.attrByPath (lib.splitString "." path) null config.programs.${writer.module};

  mcp = config.programs.mcp or { };
  sharesServers = (mcp.enable or false) && isSet (mcp.servers or { });
  integrates = writer: sharesServers && isSet (valueOf writer "enableMcpIntegration");

  effects = {
    link = "makes its file a link to the store; remove one of the two";
    merge = "merges servers into the same file; set it to false";
    twice = "gives the client the same servers a second time; set it to false";
  };
  fails = writer: option: why: {
    assertion = false;
    message =
      "programs.mcpgen.clients has \"${writer.client}\", but "
      + "programs.${writer.module}.${option} ${why}";
  };

  # Servers of the same name, which the module and mcpgen would both write.
  shared =
    writer: option:
    let
      theirs = valueOf writer option;
      both = lib.filter (name: cfg.servers ? ${name}) (
        lib.attrNames (if isSet theirs then theirs else { })
      );
    in
    map (name: fails writer option "has the server \"${name}\" too; remove one of the two") both;

  ofWriter =
    writer:
    lib.optional (integrates writer && (writer.effect != "link" || writer ? moved)) (
      fails writer "enableMcpIntegration" effects.${writer.effect}
    )
    ++ lib.concatMap (
      option: lib.optional (isSet (valueOf writer option)) (fails writer option effects.link)
    ) (writer.moved or [ ])
    ++ lib.concatMap (shared writer) (writer.servers or [ ]);
in
{
  # The assertions about the file of one client.
  assertions = client: lib.concatMap ofWriter (ofClient client);

  # Names the module that makes the client's file a link, if one is enabled.
  linkedBy =
    client:
    lib.concatMapStrings (writer: " (programs.${writer.module})") (
      lib.filter (writer: writer.effect == "link") (ofClient client)
    );
}
