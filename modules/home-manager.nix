# programs.mcpgen: converts options to TOML, and runs mcpgen at activation. All logic is in the program.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatStringsSep
    escapeShellArg
    filterAttrs
    mkIf
    optionals
    ;

  cfg = config.programs.mcpgen;
  table = lib.importJSON ./table.json;
  toml = pkgs.formats.toml { };
  program = lib.getExe cfg.package;

  isOutside = cfg.declaration != null && !(lib.hm.strings.isPathLike cfg.declaration);
  linkedAt = "${config.xdg.configHome}/mcpgen/mcp.toml";

  declared = import ./declared.nix { inherit lib table; } cfg;

  # This configuration determines the paths of the clients' files, not the shell that activates it.
  xdg = {
    XDG_CONFIG_HOME = config.xdg.configHome;
    XDG_DATA_HOME = config.xdg.dataHome;
    XDG_STATE_HOME = config.xdg.stateHome;
  };
  sessionVariables = filterAttrs (
    name: value: lib.elem name table.variables && value != null && !(xdg ? ${name})
  ) config.home.sessionVariables;
  export = lib.mapAttrsToList (name: value: ''export ${name}="${toString value}"'');
  # A session variable may refer to other variables, which may not be set during activation.
  environment = concatStringsSep "; " (
    [
      "set +u"
      "unset ${toString table.variables}"
    ]
    ++ export xdg
    ++ export sessionVariables
  );
  mcpgen =
    command: flags:
    let
      words = [
        program
        command
        "--owner home-manager"
      ]
      ++ optionals (cfg.templates != null) [ "--templates ${escapeShellArg "${cfg.templates}"}" ]
      ++ flags;
    in
    "(${environment}; ${toString words})";
  declaration = [
    "--file ${escapeShellArg "${cfg.finalDeclaration}"}"
    "--linked-at ${escapeShellArg linkedAt}"
  ]
  ++ (
    if cfg.adopt == "all" then
      [ "--adopt-all" ]
    else
      map (name: "--adopt ${escapeShellArg name}") cfg.adopt
  );

  # Runs a plan only for its errors, before anything of the new generation is in place.
  before = plan: ''
    mcpgenSaid=$( ${plan} 2>&1 >/dev/null) || {
      mcpgenStatus=$?
      echo "$mcpgenSaid" >&2
      if [ $mcpgenStatus = 4 ]; then
        echo 'programs.mcpgen.adopt lists the entries that home-manager may take over' >&2
      fi
      exit $mcpgenStatus
    }
  '';
  leave = ''"$oldGenPath/mcpgen-leave"'';
  ifLeaving = script: ''
    if [[ -v oldGenPath && -e ${leave} ]]; then
      ${script}
    fi
  '';

  integration = import ./integration.nix { inherit lib; };
  hasMcp = options.programs ? mcp;
in
{
  imports = [ ./refresh.nix ];

  options.programs.mcpgen = import ./options.nix {
    inherit
      lib
      pkgs
      cfg
      table
      ;
  };

  config = lib.mkMerge [
    (mkIf cfg.enable {
      assertions =
        (import ./assertions.nix {
          inherit
            cfg
            config
            lib
            pkgs
            table
            ;
          prefix = "programs.mcpgen";
        }).all;

      programs.mcpgen = {
        finalDeclaration =
          if cfg.declaration != null then cfg.declaration else toml.generate "mcp.toml" declared;
        servers = mkIf (cfg.enableMcpIntegration && hasMcp && config.programs.mcp.enable) (
          integration config.programs.mcp.servers
        );
      };

      home = {
        packages = [ cfg.package ];

        # An error in the declaration fails the build, not the activation.
        checks = mkIf (!isOutside) [
          (pkgs.runCommandLocal "mcpgen-check" { } ''
            ${program} check --file ${cfg.finalDeclaration} ${
              lib.optionalString (cfg.templates != null) "--templates ${cfg.templates}"
            }
            touch $out
          '')
        ];

        # A generation without mcpgen runs this to remove the entries.
        extraBuilderCommands = ''
          ln -s ${
            pkgs.writeShellScript "mcpgen-leave" (
              mcpgen "apply" [
                "--none"
                "\"$@\""
              ]
            )
          } $out/mcpgen-leave
        '';

        activation.mcpgenCheck = lib.hm.dag.entryBefore [ "writeBoundary" ] (
          before (mcpgen "plan" declaration)
        );

        # The clients write to these files too, so mcpgen merges into them and never links them.
        activation.mcpgen = lib.hm.dag.entryAfter [ "linkGeneration" ] ''
          ${mcpgen "apply" (declaration ++ [ "\${DRY_RUN+--dry-run}" ])}
        '';
      };

      # `mcpgen` finds the declaration here. The link also keeps the store paths in it alive.
      xdg.configFile = {
        "mcpgen/mcp.toml" = mkIf (toString cfg.declaration != linkedAt) {
          source =
            if isOutside then config.lib.file.mkOutOfStoreSymlink cfg.declaration else cfg.finalDeclaration;
        };
        "mcpgen/templates" = mkIf (cfg.templates != null) { source = cfg.templates; };
      };
    })

    # Runs the previous generation's program while that generation is still the current one: if this
    # fails, the next activation tries again.
    (mkIf (!cfg.enable) {
      home.activation.mcpgenCheck = lib.hm.dag.entryBefore [ "writeBoundary" ] (
        ifLeaving (before "${leave} --dry-run")
      );
      home.activation.mcpgen = lib.hm.dag.entryBetween [ "linkGeneration" ] [ "writeBoundary" ] (
        ifLeaving "${leave} \${DRY_RUN+--dry-run}"
      );
    })
  ];
}
