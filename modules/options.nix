# The options of `programs.mcpgen`. They have the names of the declaration's fields, which docs/declaration.md
# describes and mcpgen checks. A field without an option here is passed on unchanged.
{
  lib,
  pkgs,
  cfg,
  table,
}:
let
  inherit (lib)
    literalExpression
    mkEnableOption
    mkOption
    types
    ;

  toml = (pkgs.formats.toml { }).type;

  # Only `mcpgen check` knows the user's own clients.
  client = if cfg.templates == null then types.enum (lib.attrNames table.clients) else types.str;

  # A package means its main program. `types.package` also accepts a string that is a store path, which
  # is the program itself.
  program = types.coercedTo (types.addCheck types.package lib.isDerivation) lib.getExe types.str;

  # A field that is left out if it is not set.
  optional =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  list =
    type: description:
    mkOption {
      type = types.listOf type;
      default = [ ];
      inherit description;
    };
  map =
    type: description:
    mkOption {
      type = types.attrsOf type;
      default = { };
      inherit description;
    };
  table' =
    options:
    types.submodule {
      freeformType = toml;
      inherit options;
    };

  auth = table' {
    mode = optional types.str "How to sign in: `oauth`, `client-credentials` or `none`.";
    # `str`, never `path`: a path literal would be copied into the world-readable store.
    token = optional types.str "Secret reference of an API token.";
    client-secret = optional types.str "Secret reference of the OAuth client's secret.";
    private-key = optional types.str "Secret reference of the OAuth client's private key.";
    account = optional types.str "Account to sign in to; each account has a sign-in of its own.";
    issuer = optional types.str "The only issuer of the authorization server to accept.";
    resource = optional (types.either types.str (
      types.enum [ false ]
    )) "Resource indicator, or `false` to send none.";
    registration = optional toml "Further fields of the client registration, such as `client_name`.";
    device = optional types.bool "Whether to sign in with a code on another device.";
    use-id-token = optional types.bool "Whether to send the ID token in place of the access token.";
  };

  argument = table' {
    secret = optional types.str "Secret reference of an argument, which every user of the machine can read.";
    prefix = optional types.str "Text in front of the secret, for example `--api-key=`.";
    suffix = optional types.str "Text after the secret.";
  };

  server = table' {
    command = optional program "Program of a local server, or a package with a main program.";
    args = list (types.either types.str argument) "Arguments of {option}`command`. An attribute set is an argument with a secret.";
    env = map types.str "Environment of a local server, without secrets.";
    cwd = optional types.str "Working directory of a local server.";
    url = optional types.str "URL of a remote server.";
    transport = optional (types.enum [
      "http"
      "sse"
    ]) "Transport of {option}`url`: `http` (Streamable HTTP) or `sse`.";
    allow-http = optional types.bool "Whether {option}`url` may use plain http to another machine.";
    headers = map types.str "Headers for a remote server, without secrets.";
    auth = optional (types.either (types.enum [
      "oauth"
      "none"
    ]) auth) "How to sign in to a remote server.";
    secrets = map types.str "Environment variables (local) or headers (remote) whose values are secret references.";
    via = optional (types.enum [
      "bridge"
      "client"
    ]) "What connects to a remote server: the shared bridge, or each client directly.";
    clients = optional (types.listOf client) "Clients that get this server; all, if not set.";
    enabled = optional types.bool "Whether the clients get this server.";
    timeout = optional types.ints.positive "Timeout of a tool call in seconds.";
    startup-timeout = optional types.ints.positive "Timeout in seconds for the start of the server, until it lists its tools.";
    tools = optional toml "Tools that clients may use (`allow`) or may not use (`deny`). This works in every client.";
    plain = list types.str "Fields whose values look like secrets but are not, for example `env.NAME`.";
    replaces = list types.str "Names of existing entries. If these entries are adopted, this server replaces them.";
    extra = map toml "Client-specific fields, by client.";
  };
in
{
  enable = mkEnableOption "mcpgen, one declaration of MCP servers for every AI client";

  package = mkOption {
    type = types.package;
    default = pkgs.mcpgen or (pkgs.callPackage ./package.nix { });
    defaultText = literalExpression "pkgs.mcpgen";
    description = "The mcpgen package that writes the clients' files and that clients run.";
  };

  clients = mkOption {
    type = types.listOf client;
    default = [ ];
    example = [
      "claude-code"
      "cursor"
    ];
    description = "Clients whose files get the servers. If you remove a client from the list, mcpgen removes its entries.";
  };

  homes = mkOption {
    type = types.attrsOf (types.listOf types.str);
    default = { };
    example = {
      claude-code = [ "~/.claude-work" ];
    };
    description = "Directories of further profiles, by client. Each of them gets the servers too.";
  };

  servers = mkOption {
    type = types.attrsOf server;
    default = { };
    example = literalExpression ''
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
    description = ''
      MCP servers by name, with the fields of {file}`mcp.toml`. Secrets are references that are
      resolved when a server starts: `keyring:NAME`, `env:NAME`, `file:PATH`,
      `dotenv:PATH#NAME`, `op://…`, `pass:PATH` or `command:…`.
    '';
  };

  launch = mkOption {
    type = table' {
      bridge = optional (types.listOf types.str) ''
        Command that makes a remote server available over stdio. `[ "mcpgen" "bridge" ]` is the native
        bridge of the program in {option}`launch.mcpgen`.'';
      mcpgen = mkOption {
        type = program;
        default = cfg.package;
        defaultText = literalExpression "config.programs.mcpgen.package";
        description = "The mcpgen program that clients run.";
      };
      env = map types.str "Environment variables of the bridge, the same for every client.";
    };
    default = { };
    example = literalExpression ''{ bridge = [ "mcpgen" "bridge" ]; }'';
    description = ''
      How clients start the bridge and mcpgen. If both are store paths, the clients' files do not
      depend on {env}`PATH`.
    '';
  };

  settings = mkOption {
    type = toml;
    default = { };
    description = "Other top-level fields of {file}`mcp.toml`.";
  };

  templates = mkOption {
    type = types.nullOr types.path;
    default = null;
    example = literalExpression "./templates";
    description = "Directory with your own clients: {file}`clients.toml` and templates.";
  };

  declaration = mkOption {
    type = types.nullOr (types.either types.path types.str);
    default = null;
    example = literalExpression ''"''${config.home.homeDirectory}/dotfiles/mcp.toml"'';
    description = ''
      A {file}`mcp.toml` to use instead of {option}`clients`, {option}`homes`, {option}`servers`,
      {option}`launch` and {option}`settings`. A path is copied to the store; a string with a path outside the store is read
      when the configuration is activated.
    '';
  };

  adopt = mkOption {
    type = types.either (types.enum [ "all" ]) (types.listOf types.str);
    default = [ ];
    example = [ "atlassian" ];
    description = ''
      Servers whose existing entries mcpgen may replace, even if mcpgen did not write these entries;
      or `"all"`. If an entry has the name of a declared server that is not listed here, and mcpgen did
      not write this entry, the activation stops before anything is written.
    '';
  };

  enableMcpIntegration = mkEnableOption ''
    the servers in {option}`programs.mcp.servers`; {option}`programs.mcpgen.servers` overrides their
    fields'';

  excludeMcpServers = mkOption {
    type = types.listOf types.str;
    default = [ ];
    example = [ "github" ];
    description = "Servers in {option}`programs.mcp.servers` that mcpgen leaves out.";
  };

  refresh = {
    enable = mkEnableOption "a timer that refreshes sign-ins before they expire";

    interval = mkOption {
      type = types.ints.positive;
      default = 15;
      description = "Minutes between two runs of the timer.";
    };
  };

  finalDeclaration = mkOption {
    type = types.either types.path types.str;
    readOnly = true;
    description = "The declaration that is applied.";
  };
}
