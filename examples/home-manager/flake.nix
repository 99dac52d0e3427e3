{
  description = "A home with mcpgen: two clients, three servers";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
    home-manager = {
      url = "github:nix-community/home-manager";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    # The path of your copy of mcpgen.
    mcpgen.url = "path:/path/to/mcpgen";
  };

  outputs =
    {
      nixpkgs,
      home-manager,
      mcpgen,
      ...
    }:
    {
      homeConfigurations.ada = home-manager.lib.homeManagerConfiguration {
        pkgs = nixpkgs.legacyPackages.x86_64-linux;
        modules = [
          mcpgen.homeModules.default
          ./home.nix
        ];
      };
    };
}
