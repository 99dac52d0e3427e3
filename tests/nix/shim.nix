# The few options and functions of home-manager that the module uses, so that it can be evaluated and its
# generations activated without a home-manager input. Paths below the home directory begin with @HOME@.
{ lib, pkgs }:
let
  dag =
    let
      entryBetween = before: after: data: { inherit after before data; };
    in
    {
      inherit entryBetween;
      entryAfter = entryBetween [ ];
      entryBefore = before: entryBetween before [ ];
      entryAnywhere = entryBetween [ ] [ ];
    };

  isPathLike =
    value:
    builtins.isPath value
    || lib.isDerivation value
    || (builtins.isString value && lib.hasPrefix "${builtins.storeDir}/" value);

  lib' = lib.extend (
    _: _: {
      hm = {
        inherit dag;
        strings = { inherit isPathLike; };
      };
    }
  );

  option = type: default: lib.mkOption { inherit default type; };
  anything = option (lib.types.attrsOf lib.types.anything) { };

  # A file of `home.file` or `xdg.configFile`, whose target is relative to `base`.
  fileIn =
    base:
    lib.types.attrsOf (
      lib.types.submodule (
        { name, config, ... }:
        {
          options = {
            enable = option lib.types.bool true;
            force = option lib.types.bool false;
            recursive = option lib.types.bool false;
            text = option (lib.types.nullOr lib.types.lines) null;
            source = lib.mkOption { type = lib.types.path; };
            target = lib.mkOption {
              type = lib.types.str;
              default = name;
              apply =
                target:
                lib.removePrefix "@HOME@/" "${lib.optionalString (!lib.hasPrefix "@" target) base}${target}";
            };
          };
          config.source = lib.mkIf (config.text != null) (
            lib.mkDefault (pkgs.writeText "hm_file" config.text)
          );
        }
      )
    );

  base =
    { config, ... }:
    let
      inherit (lib) types;
      cfg = config.home;
      files = lib.filter (file: file.enable) (lib.attrValues cfg.file);
      forced = map (file: file.target) (lib.filter (file: file.force) files);
      recurse = file: lib.optionalString file.recursive "-d";
    in
    {
      options = {
        assertions = option (types.listOf types.unspecified) [ ];
        warnings = option (types.listOf types.str) [ ];
        lib = anything;
        home = {
          activation = option (types.attrsOf types.unspecified) { };
          checks = option (types.listOf types.package) [ ];
          extraBuilderCommands = option types.lines "";
          file = option (fileIn "@HOME@/") { };
          homeDirectory = option types.str "@HOME@";
          packages = option (types.listOf types.package) [ ];
          profileDirectory = option types.str "@HOME@/.nix-profile";
          sessionVariables = option (
            with types;
            attrsOf (
              nullOr (oneOf [
                str
                path
                int
                float
                bool
              ])
            )
          ) { };
          stateVersion = option types.str "26.05";
          username = option types.str "ada";
        };
        home-files = lib.mkOption { type = types.package; };
        launchd.agents = anything;
        programs.mcp = {
          enable = option types.bool false;
          servers = anything;
        };
        systemd.user.services = anything;
        systemd.user.timers = anything;
        uninstall = option types.bool false;
        xdg.cacheHome = option types.str "@HOME@/.cache";
        xdg.configFile = option (fileIn "${config.xdg.configHome}/") { };
        xdg.configHome = option types.str "@HOME@/.config";
        xdg.dataHome = option types.str "@HOME@/.local/share";
        xdg.stateHome = option types.str "@HOME@/.local/state";
      };
      config = lib.mkMerge [
        {
          lib.file.mkOutOfStoreSymlink =
            path:
            pkgs.runCommandLocal (baseNameOf (
              toString path
            )) { } "ln -s ${lib.escapeShellArg (toString path)} $out";
          home.file = lib.mapAttrs' (
            _: file:
            lib.nameValuePair "${config.xdg.configHome}/${file.target}" {
              inherit (file)
                enable
                force
                recursive
                source
                ;
              target = "@HOME@/${file.target}";
            }
          ) config.xdg.configFile;
          home-files = pkgs.runCommandLocal "home-manager-files" { } ''
            mkdir $out
            insert() {
              mkdir -p "$out/$(dirname "$2")"
              if [ -d "$1" ] && [ -n "$3" ]; then cp -rs "$1" "$out/$2"; else ln -s "$1" "$out/$2"; fi
            }
            ${lib.concatMapStrings (file: ''
              insert ${
                lib.escapeShellArgs [
                  "${file.source}"
                  file.target
                  (recurse file)
                ]
              }
            '') files}
          '';
          home.activation = {
            checkLinkTargets = dag.entryBefore [ "writeBoundary" ] ''
              source ${./links.sh}
              check_link_targets "$newGenPath/home-files/" ${lib.escapeShellArgs forced} || exit 1
            '';
            writeBoundary = dag.entryAnywhere ''
              [[ -v DRY_RUN ]] || touch "$HOME/.written"
            '';
            installPackages = dag.entryAfter [ "writeBoundary" ] "";
            linkGeneration = dag.entryAfter [ "writeBoundary" ] ''
              if ! [[ -v DRY_RUN ]]; then
                newFiles=$(readlink -e "$newGenPath/home-files")
                if [[ -v oldGenPath && -e $oldGenPath/home-files ]]; then
                  clean_old_generation "$(readlink -e "$oldGenPath/home-files")" "$newFiles"
                fi
                link_new_generation "$newFiles"
              fi
            '';
            onFilesChange = dag.entryAfter [ "linkGeneration" ] "";
            reloadSystemd = dag.entryAfter [ "linkGeneration" ] "";
          };
        }
        (lib.mkIf config.uninstall {
          home.packages = lib.mkForce [ ];
          home.file = lib.mkForce { };
          home.activation.uninstall = dag.entryAfter [ "installPackages" "linkGeneration" ] ''
            rm -f "$HOME/.current"
          '';
        })
      ];
    };
in
rec {
  inherit dag;

  # The name under which a flake finds it.
  lib.homeManagerConfiguration = { modules, ... }: evaluate modules;

  evaluate =
    modules:
    lib'.evalModules {
      modules = [ base ] ++ modules;
      specialArgs = {
        inherit pkgs;
        lib = lib';
      };
    };

  failed =
    home: map (one: one.message) (builtins.filter (one: !one.assertion) home.config.assertions);

  # The generation as home-manager builds it, as far as activation looks at it.
  generation =
    home:
    let
      inherit (home) config;
      entries = config.home.activation;
      known = lib'.attrNames entries;
      after =
        name: entries.${name}.after ++ lib'.filter (other: lib'.elem name entries.${other}.before) known;
      # home-manager sorts equal steps by name.
      sorted = lib'.toposort (a: b: lib'.elem a (after b)) known;
      # home-manager ignores names that nothing has; here they are mistakes.
      unknown = lib'.subtractLists known (
        lib'.concatMap (entry: entry.after ++ entry.before) (lib'.attrValues entries)
      );
      script = lib'.concatMapStrings (name: ''
        echo 'Activating ${name}'
        ${entries.${name}.data}
      '') sorted.result;
      activate = pkgs.writeShellScript "activate" ''
        set -eu -o pipefail
        cd $HOME
        if [[ -e $HOME/.current ]]; then oldGenPath=$(readlink -e $HOME/.current); fi
        touch "$HOME/.new"
        trap 'rm -f "$HOME/.new"' EXIT
        ${script}
        ${lib'.optionalString (!config.uninstall) ''
          [[ -v DRY_RUN ]] || ln -sfn "$newGenPath" "$HOME/.current"
        ''}
      '';
    in
    assert lib'.assertMsg (unknown == [ ]) "activation has no ${toString unknown}";
    assert lib'.assertMsg (
      sorted ? result
    ) "the steps of the activation depend on each other in a cycle";
    pkgs.runCommand "generation" { } ''
      mkdir $out
      cp ${activate} $out/activate
      ln -s ${config.home-files} $out/home-files
      ${config.home.extraBuilderCommands}
    '';
}
