# The options of `programs.mcpgen`. Their names are the declaration's own; what a field means is said in
# docs/declaration.md and checked by mcpgen itself, so what is not typed here is passed on as it is.
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

  # Clients of one's own are known to `mcpgen check` alone.
  client = if cfg.templates == null then types.enum (lib.attrNames table.clients) else types.str;

  # A package stands for its program.
  # A text in the store passes for a package too, and is the program itself.
  program = types.coercedTo (types.addCheck types.package lib.isDerivation) lib.getExe types.str;

  # A field that is left out where nobody sets it.
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
    mode = optional types.str "How to sign in: `oauth` or `none`.";
    # `str`, never `path`: a path literal would be copied into the world-readable store.
    token = optional types.str "Secret reference of an API token.";
    client-secret = optional types.str "Secret reference of the client's secret.";
  };

  server = table' {
    command = optional program "Program of a local server, or a package that has one.";
    args = list types.str "Arguments of {option}`command`.";
    env = map types.str "Environment of a local server, without secrets.";
    cwd = optional types.str "Folder a local server starts in.";
    url = optional types.str "Address of a remote server.";
    transport = optional (types.enum [
      "http"
      "sse"
    ]) "How {option}`url` is spoken to.";
    headers = map types.str "Headers for a remote server, without secrets.";
    auth = optional (types.either (types.enum [
      "oauth"
      "none"
    ]) auth) "How to sign in to a remote server.";
    secrets = map types.str "Environment (local) or headers (remote) by secret reference.";
    via = optional (types.enum [
      "bridge"
      "client"
    ]) "Who speaks to a remote server: the shared bridge, or each client by itself.";
    clients = optional (types.listOf client) "Clients that get this server, if not all.";
    enabled = optional types.bool "Whether any client gets this server.";
    timeout = optional types.ints.positive "Seconds one tool call may take.";
    tools = optional toml "Tools that clients may use (`allow`), and may not (`deny`).";
    plain = list types.str "Values that look like secrets and are none, such as `env.NAME`.";
    replaces = list types.str "Names of entries that this server takes the place of, once adopted.";
    extra = map toml "Fields of a client's own, by client.";
  };
in
{
  enable = mkEnableOption "mcpgen, one declaration of MCP servers for every AI client";

  package = mkOption {
    type = types.package;
    default = pkgs.mcpgen or (pkgs.callPackage ./package.nix { });
    defaultText = literalExpression "pkgs.mcpgen";
    description = "The mcpgen that writes the clients' files, and that clients call.";
  };

  clients = mkOption {
    type = types.listOf client;
    default = [ ];
    example = [
      "claude-code"
      "cursor"
    ];
    description = "Clients whose files get the servers. One that is taken out of the list is cleaned up.";
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
      MCP servers, each under its name, with the fields that {file}`mcp.toml` has. Secrets are
      references, resolved when a server starts: `keyring:NAME`, `env:NAME`, `file:PATH`, `op://…`,
      `pass:PATH` or `command:…`.
    '';
  };

  launch = mkOption {
    type = table' {
      bridge = optional (types.listOf types.str) ''
        Command that makes a remote server a stdio server. `[ "mcpgen" "bridge" ]` is mcpgen's own: the
        program that {option}`launch.mcpgen` names.'';
      mcpgen = mkOption {
        type = program;
        default = cfg.package;
        defaultText = literalExpression "config.programs.mcpgen.package";
        description = "How clients call mcpgen.";
      };
      env = map types.str "The bridge's environment, the same in every client.";
    };
    default = { };
    example = literalExpression ''{ bridge = [ "mcpgen" "bridge" ]; }'';
    description = ''
      How clients start the bridge and mcpgen itself. With store paths for both, nothing that is
      written depends on {env}`PATH`.
    '';
  };

  settings = mkOption {
    type = toml;
    default = { };
    description = "Further fields at the top of {file}`mcp.toml`.";
  };

  templates = mkOption {
    type = types.nullOr types.path;
    default = null;
    example = literalExpression "./templates";
    description = "Folder with clients of one's own: {file}`clients.toml` and templates.";
  };

  declaration = mkOption {
    type = types.nullOr (types.either types.path types.str);
    default = null;
    example = literalExpression ''"''${config.home.homeDirectory}/dotfiles/mcp.toml"'';
    description = ''
      A {file}`mcp.toml` written by hand, in place of {option}`clients`, {option}`servers`,
      {option}`launch` and {option}`settings`. A path is copied into the store; text that is a path
      outside the store is read when the configuration is activated.
    '';
  };

  adopt = mkOption {
    type = types.either (types.enum [ "all" ]) (types.listOf types.str);
    default = [ ];
    example = [ "atlassian" ];
    description = ''
      Servers whose entries mcpgen may take over where a client already has one of that name, or
      `"all"`. Without it such an entry stops the activation before anything is written.
    '';
  };

  enableMcpIntegration = mkEnableOption ''
    taking in {option}`programs.mcp.servers`; what {option}`programs.mcpgen.servers` says of a server
    goes before it'';

  refresh = {
    enable = mkEnableOption "a timer that renews sign-ins ahead of their end";

    interval = mkOption {
      type = types.ints.positive;
      default = 15;
      description = "Minutes between two rounds.";
    };
  };

  finalDeclaration = mkOption {
    type = types.either types.path types.str;
    readOnly = true;
    description = "The declaration that is applied.";
  };
}
