# programs.mcpgen.refresh: a timer that refreshes sign-ins before they expire.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.mcpgen;
  inherit (cfg) refresh templates;

  # A timer has none of the variables of a shell. The shell expands what a variable refers to.
  export =
    name: value:
    ''export ${name}="${if lib.isBool value then lib.boolToString value else toString value}"'';
  variables = lib.filterAttrs (_: value: value != null) config.home.sessionVariables // {
    XDG_CONFIG_HOME = config.xdg.configHome;
  };
  withVariables = pkgs.writeShellScript "mcpgen-refresh" ''
    ${lib.concatStringsSep "\n" (lib.mapAttrsToList export variables)}
    exec "$@"
  '';

  command = [
    "${withVariables}"
    (lib.getExe cfg.package)
    "refresh"
    "--file"
    "${config.xdg.configHome}/mcpgen/mcp.toml"
  ]
  ++ lib.optionals (templates != null) [
    "--templates"
    "${templates}"
  ];
  # systemd.service(5): `%` starts a specifier, and `$` a variable.
  quote = text: builtins.toJSON (lib.replaceStrings [ "%" "$" ] [ "%%" "$$" ] text);

  # launchd.plist(5): an interval that ends during sleep is skipped, a time of the day is not.
  minutes = lib.genList (index: index * refresh.interval) (60 / refresh.interval);
  schedule =
    if lib.mod 60 refresh.interval == 0 then
      { StartCalendarInterval = map (minute: { Minute = minute; }) minutes; }
    else
      { StartInterval = refresh.interval * 60; };
in
{
  config =
    lib.mkIf
      (
        cfg.enable && !config.uninstall && refresh.enable && (cfg.declaration != null || cfg.clients != [ ])
      )
      {
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
            # systemd.timer(5): the clock jumps when the machine wakes up.
            OnClockChange = true;
          };
          Install.WantedBy = [ "timers.target" ];
        };
        launchd.agents.mcpgen-refresh = {
          enable = true;
          config = schedule // {
            ProgramArguments = command;
            RunAtLoad = true;
            ProcessType = "Background";
            StandardErrorPath = "${config.home.homeDirectory}/Library/Logs/mcpgen-refresh.log";
          };
        };
      };
}
