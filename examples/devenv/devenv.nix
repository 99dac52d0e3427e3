{ inputs, ... }:
{
  imports = [ inputs.mcpgen.devenvModules.default ];

  # Writes .mcp.json and .cursor/mcp.json when the shell starts.
  mcpgen = {
    enable = true;
    clients = [
      "claude-code"
      "cursor"
    ];
    servers.docs.url = "https://docs.example.com/mcp";
  };
}
