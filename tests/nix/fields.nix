# Each field of the declaration is an option, with an example that mcpgen accepts.
{
  evaluate,
  lib,
  mcpgen,
  pkgs,
  run,
  same,
  self,
  shim,
  ...
}:
let
  schema = lib.importJSON ../../modules/schema.json;
  examples = import ../../modules/examples.nix { inherit (lib) literalExpression; };

  # The path of each field, as lib names options.
  paths =
    prefix: node:
    lib.concatLists (
      lib.mapAttrsToList (name: inner: [ (prefix ++ [ name ]) ] ++ paths (prefix ++ [ name ]) inner) (
        node.properties or { }
      )
    )
    ++ lib.optionals (lib.isAttrs (node.additionalProperties or null)) (
      paths (prefix ++ [ "<name>" ]) node.additionalProperties
    )
    ++ lib.optionals (node ? items) (paths (prefix ++ [ "*" ]) node.items)
    ++ lib.concatMap (paths prefix) (node.anyOf or [ ]);
  fields = map (lib.concatStringsSep ".") (paths [ ] schema);

  options = lib.filter (
    option:
    lib.hasPrefix "programs.mcpgen." option.name
    && option.visible
    && !option.internal
    && !(lib.hasInfix "_module" option.name)
  ) (lib.optionAttrSetToDocList (evaluate { }).options);
  named = lib.listToAttrs (
    map (option: lib.nameValuePair (lib.removePrefix "programs.mcpgen." option.name) option) options
  );
  # An enable option has an example of its own: true.
  withoutExample = lib.attrNames (
    lib.filterAttrs (_: option: !(option ? example || option.readOnly or false)) named
  );

  server = fields: evaluate { servers.one = fields; };
  one = home: home.config.programs.mcpgen.servers.one;
  merged =
    modules:
    one (
      shim.evaluate (
        [ self.homeModules.default ] ++ map (fields: { programs.mcpgen.servers.one = fields; }) modules
      )
    );
  said = lib.filterAttrs (_: value: value != null && value != { });

  # The examples of some fields of one table.
  exampled = prefix: names: lib.genAttrs names (name: examples."${prefix}.${name}");
  server' = exampled "servers.<name>";
  auth = exampled "servers.<name>.auth";
  declaration =
    options:
    (evaluate (
      {
        enable = true;
        clients = examples."clients" ++ [ "cline" ];
      }
      // options
    )).config.programs.mcpgen.finalDeclaration;
  remote = auth: {
    url = "https://one.example/mcp";
    inherit auth;
  };
  everyExample = declaration {
    inherit (examples) homes include machine;
    launch = exampled "launch" [
      "bridge"
      "env"
      "secret-timeout"
    ];
    servers = {
      local =
        server' [
          "args"
          "clients"
          "cwd"
          "enabled"
          "env"
          "extra"
          "hosts"
          "os"
          "plain"
          "replaces"
          "sets"
          "startup-timeout"
          "timeout"
        ]
        // {
          command = mcpgen;
          tools = exampled "servers.<name>.tools" [ "deny" ];
        };
      open = server' [
        "allow-http"
        "headers"
        "secrets"
        "tools"
        "transport"
        "url"
      ];
      direct = server' [
        "auth"
        "url"
        "via"
      ];
      person = remote (
        auth [
          "account"
          "authorize-params"
          "callback-path"
          "client-id"
          "client-secret"
          "host"
          "issuer"
          "port"
          "registration"
          "resource"
          "scope"
          "token-endpoint-auth-method"
          "use-id-token"
        ]
        // {
          mode = "oauth";
        }
      );
      device = remote (
        auth [
          "client-metadata-url"
          "device"
        ]
        // {
          mode = "oauth";
        }
      );
      machine = remote (auth [
        "algorithm"
        "client-id"
        "mode"
        "private-key"
        "token-endpoint"
      ]);
      token = remote (auth [
        "header"
        "token"
      ]);
      password = remote (auth [
        "scheme"
        "token"
        "username"
      ]);
    };
  };
in
{
  the-modules-fields-are-the-programs = run ''
    diff <(${lib.getExe mcpgen} schema | jq -S .) <(jq -S . ${../../modules/schema.json}) ||
      fail 'modules/schema.json has other fields than mcpgen: run `just bless`'
  '';

  each-field-is-an-option =
    assert same "fields without an option" [ ] (lib.subtractLists (lib.attrNames named) fields);
    assert same "examples without a field" [ ] (lib.subtractLists fields (lib.attrNames examples));
    assert same "options without an example" [ ] withoutExample;
    run "";

  each-example-is-accepted = run ''
    ${lib.getExe mcpgen} check --file ${everyExample}
  '';

  modules-set-fields-of-one-sign-in-together =
    assert same "auth"
      {
        mode = "oauth";
        scope = "read";
        registration.client_name = "Acme";
      }
      (
        said
          (merged [
            { auth = "oauth"; }
            { auth.scope = "read"; }
            { auth.registration.client_name = "Acme"; }
          ]).auth
      );
    run "";

  numbers-and-booleans-are-strings =
    let
      server = merged [
        {
          command = "one";
          args = [
            "--port"
            8080
            true
          ];
          env = {
            DEBUG = true;
            MAX = 50;
            RATE = 0.5;
          };
        }
      ];
    in
    assert same "args" [ "--port" "8080" "true" ] server.args;
    assert same "env" {
      DEBUG = "true";
      MAX = "50";
      RATE = "0.5";
    } server.env;
    run "";

  a-secret-file-has-home-managers-spelling =
    let
      local = one (server {
        env.A = "a";
        env.B.file = "/run/secrets/b";
        secrets.C = "keyring:c";
      });
      remote = one (server {
        headers.X-Key.file = "/run/secrets/x";
      });
      twice = server {
        env.B.file = "/run/secrets/b";
        secrets.B = "keyring:b";
      };
    in
    assert same "env" { A = "a"; } local.env;
    assert same "secrets" {
      B = "file:/run/secrets/b";
      C = "keyring:c";
    } local.secrets;
    assert same "headers" { } remote.headers;
    assert same "secrets" { X-Key = "file:/run/secrets/x"; } remote.secrets;
    assert !(builtins.tryEval (builtins.deepSeq (one twice) true)).success;
    run "";

  an-empty-list-of-tools-is-kept =
    let
      file = declaration {
        servers.one = {
          command = "one";
          tools.allow = [ ];
          extra.cline.autoApprove = [ ];
        };
      };
    in
    run ''
      grep -qF '"allow" = []' ${file} || fail "$(cat ${file})"
      grep -qF '"autoApprove" = []' ${file} || fail "$(cat ${file})"
      ! grep -q '"deny"' ${file} || fail "$(cat ${file})"
    '';
}
