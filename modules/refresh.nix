# programs.mcpgen.refresh: a timer that refreshes sign-ins before they expire.
{ config, lib, ... }:
let
  inherit (config.programs.mcpgen)
    enable
    package
    refresh
    templates
    ;
  command = [
    (lib.getExe package)
    "refresh"
    "--file"
    "${config.xdg.configHome}/mcpgen/mcp.toml"
  ]
  # A timer does not have an XDG_CONFIG_HOME that is set only in a shell.
  ++ lib.optionals (templates != null) [
    "--templates"
    "${templates}"
  ];
  # systemd.service(5): `%` starts a specifier.
  quote = text: builtins.toJSON (lib.replaceStrings [ "%" ] [ "%%" ] text);
in
{
  config = lib.mkIf (enable && refresh.enable) {
    systemd.user.services.mcpgen-refresh = {
      Unit.Description = "Refresh the sign-ins of MCP servers";
      Service = {
        Type = "oneshot";
        ExecStart = lib.concatMapStringsSep " " quote command;
      };
    };
    systemd.user.timers.mcpgen-refresh = {
      Unit.Description = "Refresh the sign-ins of MCP servers";
      Timer = {
        OnStartupSec = "1min";
        OnUnitActiveSec = "${toString refresh.interval}min";
      };
      Install.WantedBy = [ "timers.target" ];
    };
    launchd.agents.mcpgen-refresh = {
      enable = true;
      config = {
        ProgramArguments = command;
        StartInterval = refresh.interval * 60;
        RunAtLoad = true;
        ProcessType = "Background";
      };
    };
  };
}
