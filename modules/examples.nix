# An example of every field, by its path.
{ literalExpression }:
{
  "clients" = [
    "claude-code"
    "cursor"
  ];
  "homes" = {
    claude-code = [ "~/.claude-work" ];
  };
  "idp" = {
    acme = {
      issuer = "https://login.acme.example";
      client-id = "mcpgen";
    };
  };
  "idp.<name>.account" = "me@acme.example";
  "idp.<name>.authorize-params" = {
    prompt = "login";
  };
  "idp.<name>.callback-path" = "/oauth/callback";
  "idp.<name>.client-id" = "mcpgen";
  "idp.<name>.client-secret" = "keyring:acme";
  "idp.<name>.device" = true;
  "idp.<name>.host" = "127.0.0.1";
  "idp.<name>.id-token" = "command:acme-sso id-token";
  "idp.<name>.issuer" = "https://login.acme.example";
  "idp.<name>.port" = 9400;
  "idp.<name>.scope" = "openid offline_access";
  "idp.<name>.token-endpoint-auth-method" = "client_secret_basic";
  "include" = [ "~/.config/mcpgen/local.toml?" ];
  "launch" = {
    bridge = [
      "mcpgen"
      "bridge"
    ];
  };
  "launch.absolute" = true;
  "launch.bridge" = [
    "mcpgen"
    "bridge"
  ];
  "launch.env" = {
    NODE_EXTRA_CA_CERTS = "/etc/ssl/certs/acme.pem";
  };
  "launch.mcpgen" = literalExpression "pkgs.mcpgen";
  "launch.secret-timeout" = 60;
  "launch.via" = "headers";
  "machine" = {
    sets = [ "work" ];
  };
  "machine.sets" = [ "work" ];
  "servers" = literalExpression ''
    {
      atlassian = {
        url = "https://mcp.atlassian.com/v1/mcp";
        auth = "oauth";
      };
      jira = {
        command = pkgs.mcp-atlassian;
        secrets.JIRA_API_TOKEN = "file:''${config.sops.secrets.jira.path}";
      };
    }
  '';
  "servers.<name>.allow-http" = true;
  "servers.<name>.args" = [
    "--port"
    8080
    {
      prefix = "--api-key=";
      secret = "keyring:jira";
    }
  ];
  "servers.<name>.args.*.prefix" = "--api-key=";
  "servers.<name>.args.*.secret" = "keyring:jira";
  "servers.<name>.args.*.suffix" = "@acme";
  "servers.<name>.auth" = {
    mode = "oauth";
    scope = "read";
  };
  "servers.<name>.auth.account" = "me@acme.com";
  "servers.<name>.auth.algorithm" = "ES256";
  "servers.<name>.auth.assertion" = "command:cloud-identity token";
  "servers.<name>.auth.authorize-params" = {
    audience = "https://api.example.com";
  };
  "servers.<name>.auth.callback-path" = "/oauth/callback";
  "servers.<name>.auth.client-id" = "0oa1b2c3d4";
  "servers.<name>.auth.client-metadata-url" = "https://acme.example/client.json";
  "servers.<name>.auth.client-secret" = "keyring:acme-client";
  "servers.<name>.auth.device" = true;
  "servers.<name>.auth.header" = "X-Api-Key";
  "servers.<name>.auth.host" = "127.0.0.1";
  "servers.<name>.auth.idp" = "acme";
  "servers.<name>.auth.issuer" = "https://login.example.com";
  "servers.<name>.auth.mode" = "client-credentials";
  "servers.<name>.auth.port" = 3334;
  "servers.<name>.auth.private-key" = "file:/run/secrets/acme.pem";
  "servers.<name>.auth.registration" = {
    client_name = "Acme";
  };
  "servers.<name>.auth.resource" = "https://api.example.com";
  "servers.<name>.auth.scheme" = "Basic";
  "servers.<name>.auth.scope" = "read write";
  "servers.<name>.auth.token" = "keyring:github";
  "servers.<name>.auth.token-endpoint" = "https://login.example.com/token";
  "servers.<name>.auth.token-endpoint-auth-method" = "client_secret_basic";
  "servers.<name>.auth.use-id-token" = true;
  "servers.<name>.auth.username" = "me@acme.com";
  "servers.<name>.clients" = [ "cursor" ];
  "servers.<name>.command" = literalExpression "pkgs.mcp-nixos";
  "servers.<name>.cwd" = "~/src";
  "servers.<name>.enabled" = false;
  "servers.<name>.env" = {
    JIRA_API_TOKEN.file = "/run/secrets/jira";
    JIRA_URL = "https://acme.atlassian.net";
    MAX_RESULTS = 50;
  };
  "servers.<name>.extra" = {
    cline.autoApprove = [ "read" ];
  };
  "servers.<name>.headers" = {
    X-Tenant = "acme";
  };
  "servers.<name>.hosts" = [
    "laptop"
    "desk-*"
  ];
  "servers.<name>.os" = [ "linux" ];
  "servers.<name>.plain" = [ "env.JIRA_URL" ];
  "servers.<name>.replaces" = [ "Atlassian" ];
  "servers.<name>.secrets" = {
    JIRA_API_TOKEN = "keyring:jira";
  };
  "servers.<name>.sets" = [ "work" ];
  "servers.<name>.startup-timeout" = 60;
  "servers.<name>.timeout" = 120;
  "servers.<name>.tools" = {
    deny = [ "delete_issue" ];
  };
  "servers.<name>.tools.allow" = [ "search_issues" ];
  "servers.<name>.tools.deny" = [ "delete_issue" ];
  "servers.<name>.transport" = "sse";
  "servers.<name>.url" = "https://mcp.atlassian.com/v1/mcp";
  "servers.<name>.via" = "client";
}
