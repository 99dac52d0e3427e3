{
  description = "A project with mcpgen: two clients, two servers";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
    flake-parts.url = "github:hercules-ci/flake-parts";
    # The path of your copy of mcpgen.
    mcpgen.url = "path:/path/to/mcpgen";
  };

  outputs =
    inputs:
    inputs.flake-parts.lib.mkFlake { inherit inputs; } {
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
      imports = [ inputs.mcpgen.flakeModules.default ];

      perSystem =
        { config, pkgs, ... }:
        {
          mcpgen = {
            enable = true;
            clients = [
              "claude-code"
              "cursor"
            ];
            servers = {
              docs.url = "https://docs.example.com/mcp";
              jira = {
                command = pkgs.mcp-atlassian;
                secrets.JIRA_API_TOKEN = "keyring:jira";
              };
            };
          };
          # Writes .mcp.json and .cursor/mcp.json when the shell starts.
          devShells.default = pkgs.mkShell { inputsFrom = [ config.mcpgen.devShell ]; };
        };
    };
}
