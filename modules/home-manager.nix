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
  # A configuration that uninstalls home-manager has no files of its own.
  isOn = cfg.enable && !config.uninstall;
  # mcpgen rejects a declaration without clients. `clients` is empty after the last client was removed.
  hasClients = cfg.declaration != null || cfg.clients != [ ];
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
  export = lib.mapAttrsToList (
    name: value:
    ''export ${name}="${if lib.isBool value then lib.boolToString value else toString value}"''
  );
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
  declaration = optionals (!hasClients) [ "--none" ] ++ optionals hasClients declarationFlags;
  declarationFlags = [
    "--file ${escapeShellArg "${cfg.finalDeclaration}"}"
    "--linked-at ${escapeShellArg linkedAt}"
    "--mcpgen ${escapeShellArg cfg.launch.mcpgen}"
  ]
  ++ (
    if cfg.adopt == "all" then
      [ "--adopt-all" ]
    else
      map (name: "--adopt ${escapeShellArg name}") cfg.adopt
  );

  # The links of both generations: the check must find the files as they are after the new links are made.
  planned = "\"\${mcpgenLinks[@]}\"";
  collectLinks = ''
    mcpgenLinks=(--new-links "$newGenPath/home-files")
    if [[ -v oldGenPath ]]; then mcpgenLinks+=(--old-links "$oldGenPath/home-files"); fi
  '';

  # Runs a plan only for its errors, before anything of the new generation is in place.
  before = plan: ''
    mcpgenSaid=$( ${plan} 2>&1 >/dev/null) || {
      mcpgenStatus=$?
      echo "$mcpgenSaid" >&2
      exit $mcpgenStatus
    }
  '';

  # If the apply fails, the other steps continue, and the activation fails when all of them have finished.
  apply = ''
    function mcpgenFailed() {
      mcpgenStatus=$1
      echo 'mcpgen failed; the other steps of the activation continue' >&2
      eval "set -- $(trap -p EXIT)"
      trap "''${3:-:}"$'\n'"exit $mcpgenStatus" EXIT
    }
    ${mcpgen "apply" (declaration ++ [ "\${DRY_RUN+--dry-run ${planned}}" ])} || mcpgenFailed $?
  '';

  # The names of all other steps, except those that another module orders after mcpgen. Modules of clients write to
  # the clients' files in steps of their own.
  otherSteps =
    let
      steps = removeAttrs config.home.activation [ "mcpgen" ];
      comesAfter = names: name: lib.any (other: lib.elem other steps.${name}.after) names;
      later =
        names:
        let
          more = lib.filter (name: !lib.elem name names && comesAfter names name) (lib.attrNames steps);
        in
        if more == [ ] then names else later (names ++ more);
    in
    lib.subtractLists (later [ "mcpgen" ]) (lib.attrNames steps);

  leave = ''"$oldGenPath/mcpgen-leave"'';
  ifLeaving = script: ''
    if [[ -v oldGenPath && -e ${leave} ]]; then
      ${script}
    fi
  '';

  integrates = cfg.enableMcpIntegration && options.programs ? mcp && config.programs.mcp.enable;
  integration = import ./integration.nix {
    inherit cfg lib table;
    inherit (config.programs.mcp) servers;
  };
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
    (mkIf isOn {
      assertions =
        (import ./assertions.nix {
          inherit
            cfg
            config
            lib
            options
            pkgs
            table
            ;
          prefix = "programs.mcpgen";
        }).all
        ++ optionals integrates integration.assertions;
      warnings = mkIf integrates integration.warnings;

      programs.mcpgen = {
        finalDeclaration =
          if cfg.declaration != null then cfg.declaration else toml.generate "mcp.toml" declared;
        servers = mkIf integrates integration.servers;
      };

      home = {
        packages = [ cfg.package ];

        # An error in the declaration fails the build, not the activation.
        checks = mkIf (hasClients && !isOutside) [
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
          collectLinks + before (mcpgen "plan" (declaration ++ [ planned ]))
        );

        # The clients write to these files too, so mcpgen merges into them and never links them.
        activation.mcpgen = lib.hm.dag.entryAfter otherSteps apply;
      };

      # `mcpgen` finds the declaration here. The link also keeps the store paths in it alive.
      xdg.configFile = {
        "mcpgen/mcp.toml" = mkIf (hasClients && toString cfg.declaration != linkedAt) {
          source =
            if isOutside then config.lib.file.mkOutOfStoreSymlink cfg.declaration else cfg.finalDeclaration;
        };
        "mcpgen/templates" = mkIf (cfg.templates != null) { source = cfg.templates; };
      };
    })

    # Runs the previous generation's program while that generation is still the current one: if this
    # fails, the next activation tries again.
    (mkIf (!isOn) {
      home.activation.mcpgenCheck = lib.hm.dag.entryBefore [ "writeBoundary" ] (
        ifLeaving (before "${leave} --dry-run")
      );
      home.activation.mcpgen = lib.hm.dag.entryBetween [ "linkGeneration" ] [ "writeBoundary" ] (
        ifLeaving "${leave} \${DRY_RUN+--dry-run}"
      );
    })
  ];
}
