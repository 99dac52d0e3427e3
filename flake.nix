{
  description = "One declaration of your MCP servers, written into every AI client's own file";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
      forAllSystems = f: lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      mcpgenFor = pkgs: self.packages.${pkgs.stdenv.hostPlatform.system}.default;
      # The options of a project, with the flake's own program.
      project = {
        key = "mcpgen#project";
        imports = [
          ./modules/project.nix
          ({ pkgs, ... }: { mcpgen.package = lib.mkDefault (mcpgenFor pkgs); })
        ];
      };
    in
    {
      packages = forAllSystems (pkgs: rec {
        mcpgen = pkgs.callPackage ./modules/package.nix { };
        default = mcpgen;
      });

      apps = forAllSystems (pkgs: rec {
        mcpgen = {
          type = "app";
          program = lib.getExe (mcpgenFor pkgs);
          meta = { inherit ((mcpgenFor pkgs).meta) description; };
        };
        default = mcpgen;
      });

      overlays.default = final: _prev: { mcpgen = final.callPackage ./modules/package.nix { }; };

      homeModules = rec {
        mcpgen = {
          _class = "homeManager";
          # A module that is imported twice counts once.
          key = "mcpgen#homeModules.mcpgen";
          imports = [
            ./modules/home-manager.nix
            ({ pkgs, ... }: { programs.mcpgen.package = lib.mkDefault (mcpgenFor pkgs); })
          ];
        };
        default = mcpgen;
      };
      # The older name, which many configurations use.
      homeManagerModules = self.homeModules;

      flakeModules = rec {
        mcpgen = {
          _class = "flake";
          key = "mcpgen#flakeModules.mcpgen";
          imports = [ (import ./modules/flake-parts.nix project) ];
        };
        default = mcpgen;
      };
      flakeModule = self.flakeModules.default;

      devenvModules = rec {
        mcpgen = {
          key = "mcpgen#devenvModules.mcpgen";
          imports = [
            ./modules/devenv.nix
            project
          ];
        };
        default = mcpgen;
      };

      # The options of a project without flake-parts and devenv: `(evalModule pkgs { … }).config.mcpgen`.
      lib.evalModule =
        pkgs: module:
        lib.evalModules {
          modules = [
            project
            module
            { _module.args = { inherit pkgs; }; }
          ];
        };

      lib.render = import ./modules/render.nix { inherit self; };

      checks = forAllSystems (pkgs: import ./tests/nix { inherit pkgs self; });

      devShells = forAllSystems (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ (mcpgenFor pkgs) ];
          packages = [
            pkgs.clippy
            pkgs.deadnix
            pkgs.just
            pkgs.nixfmt
            pkgs.nodejs
            pkgs.python3
            pkgs.rustfmt
          ];
        };
      });

      formatter = forAllSystems (pkgs: pkgs.nixfmt-tree);
    };
}
