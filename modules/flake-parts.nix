# `perSystem.mcpgen` in flake-parts.
project:
{
  flake-parts-lib,
  lib,
  self,
  ...
}:
{
  options.perSystem = flake-parts-lib.mkPerSystemOption {
    imports = [ project ];
    mcpgen.flake = lib.mkDefault self;
  };
}
