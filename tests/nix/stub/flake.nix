# Stands for nixpkgs where it cannot be fetched: its lib as of 2022, and a `pkgs` of this machine's programs.
{
  outputs =
    { self }:
    let
      lib = import ./compat.nix (import ./lib);
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs systems (system: import ./. { inherit lib system; });
    };
}
