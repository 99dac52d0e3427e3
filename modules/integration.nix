# Converts home-manager's `programs.mcp.servers` to servers of mcpgen. Every field, variable and header is a
# default, so `programs.mcpgen.servers` overrides it.
{ lib }:
let
  inherit (lib) filterAttrs mapAttrs mkDefault;

  # `{ file = …; }`, and the forms that some clients expand in strings: `{env:NAME}`, `{file:PATH}`.
  reference =
    value:
    if lib.isAttrs value then
      "file:${value.file}"
    else
      let
        found = builtins.match "[{](env|file):([^}]+)[}]" value;
      in
      if found == null then null else lib.concatStringsSep ":" found;

  split = values: {
    literal = filterAttrs (_: value: reference value == null) values;
    secret = filterAttrs (_: value: value != null) (mapAttrs (_: reference) values);
  };

  # `Authorization = "Bearer {env:NAME}"`: a token, not a header that contains a reference.
  bearer =
    headers:
    let
      found = builtins.match "Bearer ([{](env|file):[^}]+[}])" (headers.Authorization or "");
    in
    if found == null then null else reference (lib.head found);

  transport = server: if server.type or null == "sse" then "sse" else null;

  convert =
    server:
    let
      env = split (server.env or { });
      token = bearer (server.headers or { });
      headers = split (
        if token == null then server.headers or { } else removeAttrs server.headers [ "Authorization" ]
      );
    in
    removeAttrs server [
      "enabled"
      "disabled"
      "type"
    ]
    // {
      env = env.literal;
      headers = headers.literal;
      secrets = env.secret // headers.secret;
      transport = transport server;
    }
    // lib.optionalAttrs (token != null) { auth.token = token; };

  default =
    field: value:
    if
      lib.elem field [
        "env"
        "headers"
        "secrets"
      ]
    then
      mapAttrs (_: mkDefault) value
    else
      mkDefault value;

  isOn = server: (server.enabled or null) != false && (server.disabled or null) != true;
in
servers:
mapAttrs (
  _: server:
  mapAttrs default (
    filterAttrs (_: value: value != null && value != [ ] && value != { }) (convert server)
  )
) (filterAttrs (_: isOn) servers)
