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

  base =
    { config, ... }:
    let
      inherit (lib) types;
      link = name: file: "ln -s '${file.source}' .config/${name}";
    in
    {
      options = {
        assertions = option (types.listOf types.unspecified) [ ];
        lib = anything;
        home = {
          activation = option (types.attrsOf types.unspecified) { };
          checks = option (types.listOf types.package) [ ];
          extraBuilderCommands = option types.lines "";
          file = anything;
          homeDirectory = option types.str "@HOME@";
          packages = option (types.listOf types.package) [ ];
          sessionVariables = anything;
          stateVersion = option types.str "26.05";
          username = option types.str "ada";
        };
        launchd.agents = anything;
        programs.mcp = {
          enable = option types.bool false;
          servers = anything;
        };
        systemd.user.services = anything;
        systemd.user.timers = anything;
        xdg.configFile = anything;
        xdg.configHome = option types.str "@HOME@/.config";
        xdg.dataHome = option types.str "@HOME@/.local/share";
        xdg.stateHome = option types.str "@HOME@/.local/state";
      };
      config = {
        lib.file.mkOutOfStoreSymlink = toString;
        home.file = lib.mapAttrs' (
          name: file: lib.nameValuePair ".config/${name}" file
        ) config.xdg.configFile;
        home.activation = {
          writeBoundary = dag.entryAnywhere ''
            [[ -v DRY_RUN ]] || touch "$HOME/.written"
          '';
          linkGeneration = dag.entryAfter [ "writeBoundary" ] ''
            if ! [[ -v DRY_RUN ]]; then
              mkdir -p .config/mcpgen
              rm -f .config/mcpgen/{mcp.toml,templates}
              ${lib.concatStringsSep "\n" (lib.mapAttrsToList link config.xdg.configFile)}
              ln -sfn "$newGenPath" "$HOME/.current"
            fi
          '';
        };
      };
    };
in
rec {
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
      named = lib'.mapAttrsToList (name: entry: entry // { inherit name; }) home.config.home.activation;
      comesBefore = a: b: lib'.elem a.name b.after || lib'.elem b.name a.before;
      known = map (entry: entry.name) named;
      # home-manager ignores names that nothing has; here they are mistakes.
      unknown = lib'.subtractLists known (lib'.concatMap (entry: entry.after ++ entry.before) named);
      script = lib'.concatMapStrings (
        entry: "echo 'Activating ${entry.name}'\n${entry.data}\n"
      ) (lib'.toposort comesBefore named).result;
      activate = pkgs.writeShellScript "activate" ''
        set -eu -o pipefail
        cd $HOME
        if [[ -e $HOME/.current ]]; then oldGenPath=$(readlink -e $HOME/.current); fi
        ${script}
      '';
    in
    assert lib'.assertMsg (unknown == [ ]) "activation has no ${toString unknown}";
    pkgs.runCommand "generation" { } ''
      mkdir $out
      cp ${activate} $out/activate
      ${home.config.home.extraBuilderCommands}
    '';
}
