# One client's complete, minimal file as a derivation, for project files and for clients that never write
# to their file.
{ self }:
{
  pkgs,
  # A declaration as an attribute set, or the path of an mcp.toml.
  declaration,
  client,
  # The home directory: the value of `~/` in the declaration.
  home ? null,
  # The host name that the `hosts` of servers are compared with. The name of the building machine never counts.
  host ? null,
  # The active sets, besides those in `[machine]`.
  sets ? [ ],
  templates ? null,
  package ? self.packages.${pkgs.stdenv.hostPlatform.system}.default,
}:
let
  inherit (pkgs) lib;
  table = lib.importJSON ./table.json;
  checks = import ./server-secrets.nix { inherit lib table; };
  # A server with the fields that the module's options would add.
  complete =
    fields:
    {
      args = [ ];
      auth = null;
      command = null;
      env = { };
      extra = { };
      headers = { };
      plain = [ ];
      secrets = { };
      url = null;
    }
    // fields
    // {
      args = map (
        value:
        if lib.isAttrs value then
          {
            secret = null;
            prefix = null;
            suffix = null;
          }
          // value
        else
          value
      ) (fields.args or [ ]);
    };
  failed =
    declaration:
    map (one: one.message) (
      lib.filter (one: !one.holds) (
        lib.concatLists (
          lib.mapAttrsToList (name: fields: checks.ofServer name (complete fields)) (
            declaration.servers or { }
          )
          ++ lib.mapAttrsToList checks.ofProvider (declaration.idp or { })
          ++ lib.mapAttrsToList (name: checks.inFields name name) (
            removeAttrs declaration [
              "idp"
              "servers"
            ]
          )
        )
      )
    );
  checked =
    declaration:
    let
      messages = failed declaration;
    in
    if messages == [ ] then declaration else throw "lib.render: ${lib.concatStringsSep "\n" messages}";
  # A package means its main program, as in the module.
  server =
    fields:
    if lib.isDerivation (fields.command or null) then
      fields // { command = lib.getExe fields.command; }
    else
      fields;
  file =
    if lib.isAttrs declaration && !(lib.isDerivation declaration) then
      (pkgs.formats.toml { }).generate "mcp.toml" (
        {
          clients = [ client ];
        }
        // checked declaration
        // {
          servers = lib.mapAttrs (_: server) (declaration.servers or { });
        }
      )
    else
      declaration;
  flags = lib.concatMapStringsSep " " lib.escapeShellArg (
    [
      "--file"
      "${file}"
      "--mcpgen"
      (lib.getExe package)
    ]
    ++ lib.optionals (home != null) [
      "--home"
      home
    ]
    ++ lib.optionals (host != null) [
      "--host"
      host
    ]
    ++ lib.concatMap (set: [
      "--set"
      set
    ]) sets
    ++ lib.optionals (templates != null) [
      "--templates"
      "${templates}"
    ]
    ++ [ client ]
  );
in
pkgs.runCommandLocal "mcpgen-${client}" { } ''
  ${lib.getExe package} render ${flags} > $out
  if grep -q "$HOME" $out; then
    echo 'lib.render: the declaration has a path that starts with ~/; set `home`' >&2
    exit 1
  fi
''
