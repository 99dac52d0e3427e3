{
  home.username = "ada";
  home.homeDirectory = "/home/ada";
  home.stateVersion = "26.05";

  programs.mcpgen = {
    enable = true;
    clients = [
      "claude-code"
      "cursor"
    ];
    # Signed in once, with `mcpgen login`; the timer keeps it so.
    refresh.enable = true;

    servers = {
      atlassian = {
        url = "https://mcp.atlassian.com/v1/mcp";
        auth = "oauth";
      };
      github = {
        url = "https://api.githubcopilot.com/mcp/";
        auth.token = "keyring:github";
      };
      files = {
        command = "npx";
        args = [
          "-y"
          "@modelcontextprotocol/server-filesystem"
          "~/src"
        ];
      };
    };
  };
}
