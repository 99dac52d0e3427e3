# `perSystem.mcpgen` in flake-parts.
project:
{ flake-parts-lib, ... }:
{
  options.perSystem = flake-parts-lib.mkPerSystemOption { imports = [ project ]; };
}
