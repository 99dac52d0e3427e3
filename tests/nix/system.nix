# NixOS and nix-darwin: home-manager as a module of the system, and a file that the system prescribes.
{
  lib,
  pkgs,
  run,
  same,
  self,
  shim,
  ...
}:
let
  inherit (lib) mkOption types;

  # home-manager's module for a system, as far as the users' configurations need it.
  base =
    { config, ... }:
    {
      options = {
        environment.etc = mkOption { type = types.attrsOf types.attrs; };
        home-manager = {
          sharedModules = mkOption {
            type = types.listOf types.raw;
            default = [ ];
          };
          users = mkOption {
            type = types.attrsOf types.deferredModule;
            default = { };
            apply = lib.mapAttrs (_: module: shim.evaluate (config.home-manager.sharedModules ++ [ module ]));
          };
        };
      };
    };
  system = (lib.evalModules { modules = [ base ] ++ [ configuration ]; }).config;

  configuration = {
    home-manager = {
      sharedModules = [ self.homeModules.default ];
      users.ada.programs.mcpgen = {
        enable = true;
        clients = [ "cursor" ];
        servers.one.url = "https://one.example/mcp";
      };
      users.eve = { };
    };
    environment.etc."claude-code/managed-mcp.json".source = self.lib.render {
      inherit pkgs;
      client = "claude-code";
      declaration.servers.one.url = "https://one.example/mcp";
    };
  };
  inherit (system.home-manager.users) ada eve;
in
{
  each-user-of-a-system-has-the-options =
    assert same "assertions" [ ] (shim.failed ada);
    assert same "eve" [ ] eve.config.home.packages;
    run ''
      install_generation ada ${shim.generation ada}
      install_generation eve ${shim.generation eve}
      activated ada
      expect '["one"]' "$(jq -c '.mcpServers | keys' $HOME/.cursor/mcp.json)"
      activated eve
      test ! -e $HOME/.cursor/mcp.json
    '';

  a-system-prescribes-the-servers-of-claude-code = run ''
    expect '{"mcpServers":{"one":{"type":"http","url":"https://one.example/mcp"}}}' \
      "$(jq -c . ${system.environment.etc."claude-code/managed-mcp.json".source})"
  '';
}
