# Converts home-manager's `programs.mcp.servers` to servers of mcpgen. Every field, variable and header is a
# default, so `programs.mcpgen.servers` overrides it. Errors and warnings name the option that the user wrote.
{
  cfg,
  lib,
  # `programs.mcp.servers`.
  servers,
  table,
}:
let
  inherit (lib)
    concatMap
    elem
    filter
    filterAttrs
    mapAttrs
    mapAttrsToList
    mkDefault
    ;
  parse = import ./placeholders.nix { inherit lib; };

  isOn = server: (server.enabled or null) != false && (server.disabled or null) != true;
  taken = filterAttrs (name: server: isOn server && !elem name cfg.excludeMcpServers) servers;

  # A name that all clients accept.
  isRefused =
    name:
    lib.any (
      client: lib.any (char: lib.hasInfix char name) (table.clients.${client}.refuses or [ ])
    ) cfg.clients;
  portable =
    name:
    let
      letters = map (char: if builtins.match "[A-Za-z0-9]" char == null then "-" else char) (
        lib.stringToCharacters name
      );
    in
    if builtins.match "[A-Za-z][A-Za-z0-9-]*(_[A-Za-z0-9-]+)*" name != null && !isRefused name then
      name
    else
      lib.concatStrings letters;

  # Clients count in milliseconds, and mcpgen in seconds.
  seconds = milliseconds: (milliseconds + 999) / 1000;
  strings = value: if lib.isList value then value else [ value ];

  converted = lib.mapAttrs' (
    name: server: lib.nameValuePair (portable name) (convert name server)
  ) taken;

  convert =
    name: all:
    let
      at = field: "programs.mcp.servers.${name}.${field}";
      own = field: "programs.mcpgen.servers.${portable name}.${field}";
      mine = cfg.servers.${portable name} or { };
      server = filterAttrs (_: value: value != null) all;

      unsupported =
        field: placeholder: instead:
        "${at field} has ${placeholder}, which not every client replaces; ${instead}";

      # Variables and headers by name.
      named =
        field: name: value:
        let
          parsed = if lib.isAttrs value then { reference = "file:${value.file}"; } else parse value;
          whole = parsed ? reference && (parsed.prefix or "") == "" && (parsed.suffix or "") == "";
          isOverridden =
            (mine.secrets or { }) ? ${name}
            || (mine.${field} or { }) ? ${name}
            || name == "Authorization" && isSet (mine.auth or null);
          isSet = value: value != null && value != { };
        in
        if parsed ? literal then
          { ${field}.${name} = value; }
        else if whole then
          { secrets.${name} = parsed.reference; }
        else
          {
            errors = lib.optional (!isOverridden) (
              unsupported "${field}.${name}" (parsed.unsupported or "a placeholder inside a string") (
                "set ${own "secrets.${name}"} to a secret reference"
              )
            );
          };

      # `Authorization = "Bearer {env:NAME}"` is a token, not a header that contains a reference.
      authorization =
        let
          value = server.headers.Authorization or "";
          parsed = parse value;
          isToken = builtins.match "[Bb]earer +" (parsed.prefix or "") != null && parsed.suffix == "";
        in
        if isToken then { token = parsed.reference; } else null;

      argument =
        value:
        let
          parsed = parse value;
        in
        if parsed ? literal then
          { args = [ value ]; }
        else if parsed ? reference then
          {
            args = [
              (
                {
                  secret = parsed.reference;
                }
                // filterAttrs (_: text: text != "") { inherit (parsed) prefix suffix; }
              )
            ];
          }
        else
          {
            errors = [
              (unsupported "args" parsed.unsupported (
                "add \"${name}\" to programs.mcpgen.excludeMcpServers, and declare it in programs.mcpgen.servers"
              ))
            ];
          };

      plain =
        field: value:
        let
          parsed = parse value;
        in
        {
          ${field} = value;
          errors = lib.optional (!(parsed ? literal) && mine.${field} or value == value) (
            unsupported field (parsed.unsupported or "a placeholder") "set ${own field}"
          );
        };

      oauth =
        value:
        let
          known = {
            client-id = value.clientId or value.client_id or null;
            scope = value.scope or (if value ? scopes then lib.concatStringsSep " " value.scopes else null);
            port = value.callbackPort or null;
          };
          secret = value.clientSecret or value.client_secret or null;
          parsed = parse secret;
          unknown = removeAttrs value [
            "callbackPort"
            "clientId"
            "clientSecret"
            "client_id"
            "client_secret"
            "scope"
            "scopes"
          ];
        in
        if value == false then
          { auth = "none"; }
        else if value == true || value == { } then
          { auth = "oauth"; }
        else
          {
            auth = {
              mode = "oauth";
            }
            // filterAttrs (_: one: one != null) known
            // lib.optionalAttrs (secret != null && parsed ? reference) { client-secret = parsed.reference; };
            errors = lib.optional (secret != null && !(parsed ? reference)) (
              "${at "oauth.clientSecret"} is not a reference; set ${own "auth.client-secret"} to a secret reference"
            );
            warnings = map (field: notTaken "oauth.${field}") (lib.attrNames unknown);
          };

      notTaken =
        field:
        "${at field} is not passed on; "
        + (
          if field == "envFile" then
            "set ${own "secrets"}.NAME = \"dotenv:PATH#NAME\" for each variable in the file"
          else
            "if a client needs it, set ${own "extra"}.CLIENT"
        );

      field =
        key: value:
        {
          args = concatMap (one: [ (argument one) ]) value;
          env = mapAttrsToList (named "env") value;
          headers = mapAttrsToList (named "headers") (
            if authorization == null then value else removeAttrs value [ "Authorization" ]
          );
          command = plain "command" value;
          cwd = plain "cwd" value;
          url = plain "url" value;
          serverUrl = plain "url" value;
          httpUrl = plain "url" value;
          type = if value == "sse" then { transport = "sse"; } else { };
          timeout = {
            timeout = seconds value;
            warnings = lib.optional (value < 1000) (
              "${at "timeout"} is in milliseconds, and less than one second; ${own "timeout"} is in seconds"
            );
          };
          tool_timeout_sec.timeout = value;
          startup_timeout_sec.startup-timeout = value;
          startup_timeout_ms.startup-timeout = seconds value;
          bearer_token_env_var.auth.token = "env:${value}";
          env_http_headers.secrets = mapAttrs (_: variable: "env:${variable}") value;
          includeTools.tools.allow = value;
          enabled_tools.tools.allow = value;
          excludeTools.tools.deny = value;
          disabled_tools.tools.deny = value;
          # GitHub Copilot CLI's "all tools".
          tools = if strings value == [ "*" ] then { } else { tools.allow = value; };
          oauth = oauth value;
          enabled = { };
          disabled = { };
        }
        .${key} or {
          warnings = [ (notTaken key) ];
        };

      parts =
        concatMap (key: lib.toList (field key server.${key})) (lib.attrNames server)
        ++ lib.optional (authorization != null) { auth = authorization; }
        ++ lib.optional (portable name != name) {
          warnings = [
            "programs.mcp.servers.${name} is named \"${portable name}\" in the clients, some of which reject its name"
          ];
        };
      merge =
        one: two:
        one
        // mapAttrs (
          key: value:
          if lib.isList value then
            one.${key} or [ ] ++ value
          else if lib.isAttrs value && lib.isAttrs (one.${key} or null) && key != "auth" then
            one.${key} // value
          else
            value
        ) two;
    in
    lib.foldl' merge {
      errors = [ ];
      warnings = [ ];
    } parts;

  default =
    field: value:
    if
      elem field [
        "env"
        "headers"
        "secrets"
      ]
    then
      mapAttrs (_: mkDefault) value
    else
      mkDefault value;

  all = field: lib.concatLists (mapAttrsToList (_: server: server.${field}) converted);
  isEmpty = value: value == [ ] || value == { };
  collisions = filter (name: portable name != name && taken ? ${portable name}) (lib.attrNames taken);
  unknown = filter (name: !servers ? ${name}) cfg.excludeMcpServers;
in
{
  servers = mapAttrs (
    _: server:
    mapAttrs default (
      filterAttrs (_: value: !isEmpty value) (
        removeAttrs server [
          "errors"
          "warnings"
        ]
      )
    )
  ) converted;

  assertions =
    map
      (message: {
        assertion = false;
        inherit message;
      })
      (
        all "errors"
        ++ map (
          name:
          "programs.mcp.servers.${name} and programs.mcp.servers.${portable name} have one name in the clients"
        ) collisions
        ++ map (
          name: "programs.mcpgen.excludeMcpServers names \"${name}\", which is not in programs.mcp.servers"
        ) unknown
      );

  warnings = all "warnings";
}
