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
    # Sign in once with `mcpgen login`; the timer refreshes the sign-in.
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
