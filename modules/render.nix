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
  templates ? null,
  package ? self.packages.${pkgs.stdenv.hostPlatform.system}.default,
}:
let
  inherit (pkgs) lib;
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
        // declaration
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
    ]
    ++ lib.optionals (home != null) [
      "--home"
      home
    ]
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
