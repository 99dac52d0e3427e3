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
