# A stand-in for flake-parts: mkFlake with `perSystem`, for a flake whose only output are shells.
{ lib }:
let
  inherit (lib) mkOption types;

  perSystem = module: types.deferredModuleWith { staticModules = [ module ]; };
  flake-parts-lib.mkPerSystemOption = module: mkOption { type = perSystem module; };

  base = {
    options = {
      perSystem = flake-parts-lib.mkPerSystemOption {
        options.devShells = mkOption { type = types.lazyAttrsOf types.package; };
      };
      systems = mkOption { type = types.listOf types.str; };
    };
  };
in
{
  lib.mkFlake =
    { inputs }:
    module:
    let
      flake =
        (lib.evalModules {
          modules = [
            base
            module
          ];
          specialArgs = {
            inherit flake-parts-lib inputs;
            inherit (inputs) self;
          };
        }).config;
      evaluated = lib.genAttrs flake.systems (
        system:
        (lib.evalModules {
          modules = [
            flake.perSystem
            { _module.args.pkgs = inputs.nixpkgs.legacyPackages.${system}; }
          ];
          specialArgs = { inherit system; };
        }).config
      );
    in
    {
      devShells = lib.mapAttrs (_: system: system.devShells) evaluated;
      allSystems = evaluated;
    };
}
