# `mcpgen` in devenv.
{ config, lib, ... }:
{
  imports = [ ./project.nix ];

  config = lib.mkMerge [
    {
      mcpgen.root = lib.mkDefault config.devenv.root;
      mcpgen.link = lib.mkDefault ".devenv/mcpgen.toml";
    }
    (lib.mkIf config.mcpgen.enable {
      packages = [ config.mcpgen.package ];
      enterShell = config.mcpgen.shellHook;
    })
  ];
}
