# What an evaluation alone shows: assertions, what is taken in from elsewhere, and what a build refuses.
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
  enabled = options: evaluate ({ enable = true; } // options);
  server = fields: enabled { servers.one = fields; };
  secret = "ghp_0123456789" + "abcdefghij0123456789abcdef";

  looksSecret =
    field:
    "programs.mcpgen.servers.one.${field} looks like a secret, and the Nix store is readable by "
    + "everybody; write a reference to it in `secrets`, for example \"keyring:NAME\", or list \"${field}\" in "
    + "`plain` if it is not a secret";
  isText =
    field: name:
    "programs.mcpgen.servers.one.${field}.${name} has a reference inside a string, which only some "
    + "clients expand; write `secrets.${name} = \"env:NAME\"` or `auth.token`";

  onlyInSecrets =
    field:
    "programs.mcpgen.${field} looks like a secret, and the Nix store is readable by everybody; write secrets "
    + "only in `secrets` and `auth`";

  # The values of the program's own tests, and whether they are secrets: place, name, parts of the value, verdict.
  judged =
    let
      checks = import ../../modules/server-secrets.nix {
        inherit lib;
        table = lib.importJSON ../../modules/table.json;
      };
      fields =
        place: name: value:
        {
          env.env.${name} = value;
          headers.headers.${name} = value;
          args.args = lib.splitString " " value;
          arg.args = [ value ];
          url.url = value;
        }
        .${place};
      isSecret =
        place: name: value:
        !lib.all (one: one.holds) (
          checks.ofServer "one" (
            {
              args = [ ];
              auth = null;
              command = null;
              env = { };
              extra = { };
              headers = { };
              plain = [ ];
              secrets = { };
              url = null;
            }
            // lib.optionalAttrs (place != "url") { command = "one"; }
            // fields place name value
          )
        );
      row =
        row:
        let
          value = lib.concatStrings (lib.elemAt row 2);
          found = isSecret (lib.head row) (lib.elemAt row 1) value;
        in
        lib.optional (
          found != lib.last row
        ) "${toString found} ${lib.head row} ${lib.elemAt row 1} ${value}";
    in
    lib.concatMap row (lib.importJSON ./recognized.json);

  # What each wrong configuration is told.
  refusals = [
    {
      home = server { };
      says = [ "programs.mcpgen.servers.one needs either `command` or `url`" ];
    }
    {
      home = server {
        command = "one";
        url = "https://one.example";
      };
      says = [ "programs.mcpgen.servers.one needs either `command` or `url`" ];
    }
    {
      home = server {
        command = "one";
        env.GITHUB = secret;
        args = [ "--key=${secret}" ];
      };
      says = [
        (looksSecret "env.GITHUB")
        (looksSecret "args")
      ];
    }
    {
      home = server {
        url = "https://ada:hunter2@one.example";
        headers.X-Api-Key = "Hunter2Hunter2";
      };
      says = [
        (looksSecret "headers.X-Api-Key")
        (looksSecret "url")
      ];
    }
    {
      home = server {
        url = "https://one.example";
        headers.Authorization = "Token {env:ONE}";
      };
      says = [ (isText "headers" "Authorization") ];
    }
    {
      home = server {
        command = "one";
        secrets.KEY = "hunter2";
      };
      says = [
        (
          "programs.mcpgen.servers.one.secrets.KEY is not a secret reference: write keyring:NAME, "
          + "env:NAME, file:PATH, dotenv:PATH#NAME, op://…, pass:PATH or command:…"
        )
      ];
    }
    {
      home = server {
        command = "one";
        args = [
          "--key"
          { secret = "hunter2"; }
          {
            prefix = "--key=${secret}";
            secret = "keyring:one";
          }
        ];
      };
      says = [
        (
          "programs.mcpgen.servers.one.args is not a secret reference: write keyring:NAME, "
          + "env:NAME, file:PATH, dotenv:PATH#NAME, op://…, pass:PATH or command:…"
        )
        (looksSecret "args")
      ];
    }
    {
      home = server {
        url = "https://one.example";
        auth.token = "file:${builtins.storeDir}/key";
      };
      says = [
        (
          "programs.mcpgen.servers.one.auth.token is a file in the Nix store, which is readable by "
          + "everybody; write the path as a string, not as a Nix path"
        )
      ];
    }
    {
      home = server {
        command = "one";
        extra.cursor.auth.token = "Hunter2Hunter2";
        extra.codex.list = [ secret ];
      };
      says =
        map
          (
            field:
            "programs.mcpgen.servers.one.extra.${field} looks like a secret, and the Nix store is readable by "
            + "everybody; write secrets only in `secrets` and `auth`"
          )
          [
            "codex.list"
            "cursor.auth.token"
          ];
    }
    {
      home = server {
        command = "one";
        args = [
          "--api-key"
          "Hunter2Hunter2"
        ];
        secrets.KEY = "command:echo ${secret}";
      };
      says = [
        (looksSecret "args")
        (
          "programs.mcpgen.servers.one.secrets.KEY has a command with a secret in it, and the Nix store is "
          + "readable by everybody; write a command that reads the secret from a store"
        )
      ];
    }
    {
      home = server {
        url = "https://one.example/mcp?api_key=Hunter2Hunter2";
        auth = {
          mode = "oauth";
          client-id = secret;
          authorize-params.client_secret = "Hunter2Hunter2";
        };
      };
      says = [
        (looksSecret "url")
        (onlyInSecrets "servers.one.auth.authorize-params.client_secret")
        (onlyInSecrets "servers.one.auth.client-id")
      ];
    }
    {
      home = enabled {
        settings.other.token = "Hunter2Hunter2";
        settings.list = [ secret ];
        launch.bridge = [ "https://ada:hunter2@one.example" ];
      };
      says = [
        (onlyInSecrets "launch.bridge")
        (onlyInSecrets "settings.list")
        (onlyInSecrets "settings.other.token")
      ];
    }
    {
      home = enabled {
        declaration = "/mcp.toml";
        clients = [ "cursor" ];
      };
      says = [
        "programs.mcpgen.declaration is a complete mcp.toml: remove clients, homes, idp, include, machine, servers, launch and settings"
      ];
    }
    {
      home = enabled {
        declaration = "/mcp.toml";
        machine.sets = [ "work" ];
      };
      says = [
        "programs.mcpgen.declaration is a complete mcp.toml: remove clients, homes, idp, include, machine, servers, launch and settings"
      ];
    }
    {
      home = enabled {
        declaration = "/mcp.toml";
        launch.bridge = [ "/bridge" ];
      };
      says = [
        "programs.mcpgen.declaration is a complete mcp.toml: remove clients, homes, idp, include, machine, servers, launch and settings"
      ];
    }
    {
      home = enabled { settings.launch.secret-timeout = 9; };
      says = [
        (
          "programs.mcpgen.settings is for other fields of the declaration; set clients, homes, idp, include, launch, machine "
          + "and servers with their own options"
        )
      ];
    }
    {
      home = enabled { declaration = "~/mcp.toml"; };
      says = [
        (
          "programs.mcpgen.declaration is not an absolute path: ~ and variables in it are not expanded; "
          + "write \"\${config.home.homeDirectory}/…\""
        )
      ];
    }
    {
      home = enabled { launch.env.HTTPS_PROXY = "http://ada:hunter2@proxy.example"; };
      says = [
        (
          "programs.mcpgen.launch.env.HTTPS_PROXY looks like a secret, and the Nix store is readable by "
          + "everybody; set it in the environment of the clients"
        )
      ];
    }
    {
      home = enabled { launch.absolute = true; };
      says = [
        (
          "programs.mcpgen.launch.absolute looks for programs on PATH, and an activation has no PATH; write "
          + "store paths instead"
        )
      ];
    }
    {
      home = enabled { adopt = [ "nobody" ]; };
      says = [ "programs.mcpgen.adopt names a server that is not in servers" ];
    }
    {
      home = shim.evaluate [
        self.homeModules.default
        {
          home.file.cursor = {
            target = ".cursor/mcp.json";
            text = "{}";
          };
          xdg.configHome = "@HOME@/cfg";
          home.file."cfg/zed/settings.json".text = "{}";
          home.file.".codex/config.toml" = {
            enable = false;
            text = "";
          };
          home.file.".gemini".source = ./stub;
          programs.mcpgen = {
            enable = true;
            clients = [
              "codex"
              "cursor"
              "gemini-cli"
              "zed"
            ];
          };
        }
      ];
      says = [
        (
          "programs.mcpgen.clients has \"cursor\", but home.file.\"cursor\" makes its file ~/.cursor/mcp.json a "
          + "link to the store; remove one of the two"
        )
        (
          "programs.mcpgen.clients has \"gemini-cli\", but home.file.\".gemini\" makes its file "
          + "~/.gemini/settings.json a link to the store; remove one of the two"
        )
        (
          "programs.mcpgen.clients has \"zed\", but home.file.\"cfg/zed/settings.json\" makes its file "
          + "~/cfg/zed/settings.json a link to the store; remove one of the two"
        )
      ];
    }
  ];

  # A home with a module of home-manager that writes a client's file. `programs.X` is not an option of the stand-in.
  beside =
    client: module: settings:
    shim.evaluate [
      self.homeModules.default
      {
        options.programs.${module} = lib.mkOption { type = lib.types.anything; };
        config.programs.${module} = {
          enable = true;
        }
        // settings;
        config.programs.mcp = {
          enable = true;
          servers.one.command = "one";
        };
        config.programs.mcpgen = {
          enable = true;
          clients = [ client ];
          servers.one.command = "one";
        };
      }
    ];
  besides = [
    {
      home = beside "zed" "zed-editor" { enableMcpIntegration = true; };
      says = ''"zed", but programs.zed-editor.enableMcpIntegration merges servers into the same file; set it to false'';
    }
    {
      home = beside "zed" "zed-editor" { userSettings.context_servers.one.command = "two"; };
      says = ''"zed", but programs.zed-editor.userSettings.context_servers has the server "one" too; remove one of the two'';
    }
    {
      home = beside "claude-code" "claude-code" { enableMcpIntegration = true; };
      says = ''"claude-code", but programs.claude-code.enableMcpIntegration gives the client the same servers a second time; set it to false'';
    }
    {
      home = beside "claude-code" "claude-code" { mcpServers.one.command = "two"; };
      says = ''"claude-code", but programs.claude-code.mcpServers has the server "one" too; remove one of the two'';
    }
    {
      home = beside "codex" "codex" { settings.model = "x"; };
      says = ''"codex", but programs.codex.settings makes its file a link to the store; remove one of the two'';
    }
    {
      home = beside "copilot-cli" "github-copilot-cli" { enableMcpIntegration = true; };
      says = ''"copilot-cli", but programs.github-copilot-cli.enableMcpIntegration makes its file a link to the store; remove one of the two'';
    }
  ];
  # The same modules, when they do not write the file.
  harmless = [
    (beside "zed" "zed-editor" { userSettings.context_servers.other.command = "two"; })
    (beside "claude-code" "claude-code" { settings.model = "x"; })
    (beside "codex" "codex" { settings = null; })
    (beside "zed" "codex" { settings.model = "x"; })
    (beside "zed" "zed-editor" {
      enable = false;
      enableMcpIntegration = true;
    })
  ];

  # Right, however odd it looks.
  fine = enabled {
    clients = [ "cursor" ];
    launch.bridge = [ "/bridge" ];
    servers = {
      local = {
        command = mcpgen;
        env = {
          MAX_TOKENS = "Hunter2Hunter2";
          API_TOKEN = "~/.config/token";
          TOKENIZER_TOKEN = "Plain-Word-8";
        };
        args = [ "task-force-alpha-bravo" ];
        plain = [ "env.TOKENIZER_TOKEN" ];
        # agenix gives its paths as a string for a shell, on Linux and on Darwin.
        secrets.LINUX = "file:\${XDG_RUNTIME_DIR}/agenix/one";
        secrets.DARWIN = "file:$(getconf DARWIN_USER_TEMP_DIR)/agenix/one";
      };
      remote = {
        url = "https://one.example";
        auth = {
          mode = "oauth";
          scope = "read";
          account = "me@acme.com";
          issuer = "https://login.example.com";
          resource = false;
          registration.client_name = "Acme";
          use-id-token = true;
          client-id = "me";
          client-secret = "keyring:me";
        };
        extra.cursor.note = "mine";
      };
    };
  };

  integrated = shim.evaluate [
    self.homeModules.default
    {
      programs.mcp = {
        enable = true;
        servers = {
          forge = {
            command = "forge";
            args = [ "stdio" ];
            env = {
              FORGE_URL = "https://forge.example";
              FORGE_TOKEN.file = "/run/secrets/forge";
            };
          };
          docs = {
            type = "http";
            url = "https://docs.example/mcp";
            headers = {
              Authorization = "Bearer {env:DOCS_TOKEN}";
              X-Key = "{file:/run/secrets/docs}";
              X-Tenant = "acme";
            };
          };
          events = {
            type = "sse";
            url = "https://events.example/sse";
            enabled = null;
          };
          off = {
            command = "off";
            enabled = false;
          };
          gone = {
            command = "gone";
            disabled = true;
          };
        };
      };
      programs.mcpgen = {
        enable = true;
        enableMcpIntegration = true;
        clients = [ "cursor" ];
        servers.docs.timeout = 9;
        servers.forge.env.FORGE_MODE = "read";
        servers.forge.secrets.OTHER = "env:OTHER";
        servers.events.url = "https://events.example/mcp";
        servers.events.transport = "http";
      };
    }
  ];
  # Servers of programs.mcp as people write them for other clients.
  shared =
    servers: options:
    shim.evaluate [
      self.homeModules.default
      {
        programs.mcp = {
          enable = true;
          inherit servers;
        };
        programs.mcpgen = {
          enable = true;
          enableMcpIntegration = true;
          clients = [ "cursor" ];
        }
        // options;
      }
    ];
  rich =
    shared
      {
        api = {
          url = "https://api.example/mcp";
          headers = {
            Authorization = "Bearer \${API_TOKEN}";
            X-Key = "\${env:apiKey}";
          };
          timeout = 60000;
          description = "An API";
          trust = true;
        };
        basic = {
          serverUrl = "https://basic.example/mcp";
          headers.Authorization = "bearer {env:BASIC}";
          oauth = false;
          tools = [ "*" ];
        };
        my_local = {
          command = "local";
          args = [
            "--key={env:KEY}"
            "{file:/run/secrets/two}"
          ];
          env.TOKEN = "\${LOCAL_TOKEN}";
          envFile = "/run/env";
          timeout = 1500;
          includeTools = [ "read" ];
          excludeTools = [ "write" ];
        };
        signed = {
          url = "https://signed.example/mcp";
          oauth = {
            clientId = "me";
            clientSecret = "{env:CLIENT_SECRET}";
            scopes = [
              "a"
              "b"
            ];
            callbackPort = 1234;
            other = true;
          };
        };
        off = {
          command = "\${input:off}";
          enabled = false;
          trust = true;
        };
        without = {
          command = "\${input:without}";
        };
      }
      {
        clients = [ "gemini-cli" ];
        excludeMcpServers = [ "without" ];
      };
  # What no reference can say.
  untranslatable = [
    {
      servers.one = {
        command = "one";
        env.KEY = "\${input:key}";
      };
      says = "one.env.KEY has \${input:key}, which not every client replaces; set programs.mcpgen.servers.one.secrets.KEY to a secret reference";
    }
    {
      servers.one = {
        url = "https://one.example";
        headers.Authorization = "Bearer \${TOKEN:-none}";
      };
      says = "one.headers.Authorization has \${TOKEN:-none}, which not every client replaces; set programs.mcpgen.servers.one.secrets.Authorization to a secret reference";
    }
    {
      servers.one = {
        command = "one";
        env.URL = "postgres://ada:\${PASSWORD}@db";
      };
      says = "one.env.URL has a placeholder inside a string, which not every client replaces; set programs.mcpgen.servers.one.secrets.URL to a secret reference";
    }
    {
      servers.one = {
        url = "https://one.example";
        headers.Authorization = "Token {env:TOKEN}";
      };
      says = "one.headers.Authorization has a placeholder inside a string, which not every client replaces; set programs.mcpgen.servers.one.secrets.Authorization to a secret reference";
    }
    {
      servers.one = {
        command = "one";
        args = [ "\${workspaceFolder}" ];
      };
      says = ''one.args has ''${workspaceFolder}, which not every client replaces; add "one" to programs.mcpgen.excludeMcpServers, and declare it in programs.mcpgen.servers'';
    }
    {
      servers.one = {
        command = "one";
        env.KEY = "$(cat /run/secrets/one)";
      };
      says = "one.env.KEY has $(cat /run/secrets/one), which not every client replaces; set programs.mcpgen.servers.one.secrets.KEY to a secret reference";
    }
    {
      servers.one.url = "https://one.example/\${TENANT}";
      says = "one.url has a placeholder, which not every client replaces; set programs.mcpgen.servers.one.url";
    }
    {
      servers.one = {
        url = "https://one.example";
        oauth.clientSecret = "Hunter2Hunter2";
      };
      says = "one.oauth.clientSecret is not a reference; set programs.mcpgen.servers.one.auth.client-secret to a secret reference";
    }
  ];
  set =
    fields:
    lib.filterAttrs (_: value: value != null && value != [ ] && value != { }) (
      lib.mapAttrs (_: value: if lib.isAttrs value then set value else value) fields
    );
  said = home: lib.mapAttrs (_: set) home.config.programs.mcpgen.servers;

  example = (import ../../examples/home-manager/flake.nix).outputs {
    self = { };
    nixpkgs = {
      inherit lib;
      legacyPackages.x86_64-linux = pkgs;
    };
    home-manager = shim;
    mcpgen = self;
  };

  rendered = self.lib.render {
    inherit pkgs;
    client = "cursor";
    declaration.servers.one.url = "https://one.example/mcp";
  };
  renderedFile = self.lib.render {
    inherit pkgs;
    client = "cursor";
    declaration = pkgs.writeText "mcp.toml" ''
      clients = ["cursor"]
      [servers.one]
      command = "one"
      secrets = { K = "env:K" }
    '';
  };
  renderedHome =
    home:
    self.lib.render {
      inherit home pkgs;
      client = "cursor";
      declaration.servers.one = {
        command = mcpgen;
        args = [ "~/src" ];
      };
    };

  renderedMachine = self.lib.render {
    inherit pkgs;
    client = "cursor";
    host = "laptop";
    sets = [ "work" ];
    declaration.servers = {
      here = {
        command = mcpgen;
        hosts = [ "lap*" ];
        sets = [ "work" ];
      };
      elsewhere = {
        command = mcpgen;
        hosts = [ "desk" ];
      };
      game = {
        command = mcpgen;
        sets = [ "play" ];
      };
    };
  };

  # Whether a secret in this declaration would reach the store.
  leaks =
    key:
    (builtins.tryEval
      (self.lib.render {
        inherit pkgs;
        client = "cursor";
        declaration.servers.one = {
          command = "one";
          env.${key} = "Hunter2Hunter2";
        };
      }).drvPath
    ).success;

  faulty = enabled {
    clients = [ "cursor" ];
    servers.one = {
      command = "one";
      tiemout = 9;
    };
  };

  onNoHost = enabled {
    clients = [ "cursor" ];
    servers.one = {
      command = "one";
      hosts = [ ];
    };
  };

  forNobody = enabled {
    clients = [ "cursor" ];
    servers.one = {
      command = "one";
      clients = [ ];
    };
  };

  # A script is its own program, and a string in the store.
  script = "${pkgs.writeShellScript "script" "true"}";

  mcpOff = shim.evaluate [
    self.homeModules.default
    {
      programs.mcp.servers.one.command = "one";
      programs.mcpgen.enable = true;
      programs.mcpgen.enableMcpIntegration = true;
    }
  ];

  refreshing = shim.evaluate [
    self.homeModules.default
    {
      home.sessionVariables = {
        MCP_REMOTE_CONFIG_DIR = "$HOME/auth";
        SWITCH = true;
        UNSET = null;
      };
      programs.mcpgen = {
        enable = true;
        clients = [ "cursor" ];
        refresh.enable = true;
        refresh.interval = 30;
      };
    }
  ];
  odd = shim.evaluate [
    self.homeModules.default
    {
      xdg.configHome = "@HOME@/50%/$x";
      programs.mcpgen = {
        enable = true;
        clients = [ "cursor" ];
        refresh.enable = true;
      };
    }
  ];
in
{
  assertions =
    assert lib.all ({ home, says }: same "assertions" says (shim.failed home)) refusals;
    assert same "no assertion" [ ] (shim.failed fine);
    assert lib.all (
      { home, says }: same "assertions" [ "programs.mcpgen.clients has ${says}" ] (shim.failed home)
    ) besides;
    assert lib.all (home: same "no assertion" [ ] (shim.failed home)) harmless;
    run "";

  the-module-judges-as-the-program-does =
    assert same "other verdicts than the program's" [ ] judged;
    run "";

  a-literal-path-is-no-secret =
    assert
      !(builtins.tryEval (
        builtins.deepSeq
          (server {
            command = "one";
            secrets.KEY = ./default.nix;
          }).config.programs.mcpgen.servers.one.secrets
          true
      )).success;
    run "";

  what-is-declared-is-what-mcpgen-reads = run ''
    ${lib.getExe mcpgen} check --file ${fine.config.programs.mcpgen.finalDeclaration}
    ${lib.getExe mcpgen} render --home /home/ada --file ${fine.config.programs.mcpgen.finalDeclaration} > file
    for launch in ${lib.getExe mcpgen} '"exec"' '"note": "mine"'; do
      grep -qF "$launch" file || fail "$launch: $(cat file)"
    done
    grep -q PATH file && fail 'something depends on PATH' || true
    grep -qF 'getconf DARWIN_USER_TEMP_DIR' ${fine.config.programs.mcpgen.finalDeclaration}
    ! grep -qF 'file:$(' ${fine.config.programs.mcpgen.finalDeclaration} || fail 'no file has such a name'
  '';

  a-faulty-declaration-fails-the-build =
    assert same "checks" 1 (lib.length faulty.config.home.checks);
    run ''
      log=${pkgs.testers.testBuildFailure (lib.head faulty.config.home.checks)}/testBuildFailure.log
      grep -q 'tiemout' $log || fail "$(cat $log)"
      grep -q 'timeout' $log || fail "$(cat $log)"
      : ${lib.head fine.config.home.checks}
    '';

  a-server-for-no-client-is-not-for-all = run ''
    log=${pkgs.testers.testBuildFailure (lib.head forNobody.config.home.checks)}/testBuildFailure.log
    grep -qF '`clients` is empty' $log || fail "$(cat $log)"
  '';

  a-server-on-no-host-is-not-on-all = run ''
    log=${pkgs.testers.testBuildFailure (lib.head onNoHost.config.home.checks)}/testBuildFailure.log
    grep -qF '`hosts` is empty' $log || fail "$(cat $log)"
  '';

  a-script-in-the-store-is-a-program =
    assert same "command" script
      (server { command = script; }).config.programs.mcpgen.servers.one.command;
    run "";

  programs-mcp-that-is-off-is-not-taken-in =
    assert same "servers" { } mcpOff.config.programs.mcpgen.servers;
    run "";

  imported-twice =
    let
      twice = shim.evaluate [
        self.homeModules.default
        self.homeManagerModules.mcpgen
        { programs.mcpgen.enable = true; }
      ];
    in
    assert same "assertions" [ ] (shim.failed twice);
    assert same "packages" [ mcpgen.drvPath ] (
      map (package: package.drvPath) twice.config.home.packages
    );
    run "";

  programs-mcp-is-taken-in =
    assert same "assertions" [ ] (shim.failed integrated);
    assert same "servers" {
      forge = {
        command = "forge";
        args = [ "stdio" ];
        env = {
          FORGE_MODE = "read";
          FORGE_URL = "https://forge.example";
        };
        secrets = {
          FORGE_TOKEN = "file:/run/secrets/forge";
          OTHER = "env:OTHER";
        };
      };
      docs = {
        url = "https://docs.example/mcp";
        auth.token = "env:DOCS_TOKEN";
        headers.X-Tenant = "acme";
        secrets.X-Key = "file:/run/secrets/docs";
        timeout = 9;
      };
      events = {
        url = "https://events.example/mcp";
        transport = "http";
      };
    } (said integrated);
    run ''
      ${lib.getExe mcpgen} check --file ${integrated.config.programs.mcpgen.finalDeclaration}
    '';

  what-others-understand-in-programs-mcp-is-translated =
    let
      set = lib.filterAttrs (_: value: value != null && value != [ ] && value != { });
      servers = lib.mapAttrs (
        _: server: server // lib.optionalAttrs (lib.isAttrs server.auth or null) { auth = set server.auth; }
      ) (said rich);
      at = "programs.mcp.servers";
    in
    assert same "assertions" [ ] (shim.failed rich);
    assert same "servers" {
      api = {
        url = "https://api.example/mcp";
        auth.token = "env:API_TOKEN";
        secrets.X-Key = "env:apiKey";
        timeout = 60;
      };
      basic = {
        url = "https://basic.example/mcp";
        auth.token = "env:BASIC";
      };
      my-local = {
        command = "local";
        args = [
          {
            prefix = "--key=";
            secret = "env:KEY";
            suffix = null;
          }
          {
            prefix = null;
            secret = "file:/run/secrets/two";
            suffix = null;
          }
        ];
        secrets.TOKEN = "env:LOCAL_TOKEN";
        timeout = 2;
        tools = {
          allow = [ "read" ];
          deny = [ "write" ];
        };
      };
      signed = {
        url = "https://signed.example/mcp";
        auth = {
          client-id = "me";
          client-secret = "env:CLIENT_SECRET";
          mode = "oauth";
          port = 1234;
          scope = "a b";
        };
      };
    } servers;
    assert same "warnings" [
      "${at}.api.description is not passed on; if a client needs it, set programs.mcpgen.servers.api.extra.CLIENT"
      "${at}.api.trust is not passed on; if a client needs it, set programs.mcpgen.servers.api.extra.CLIENT"
      "${at}.my_local.envFile is not passed on; set programs.mcpgen.servers.my-local.secrets.NAME = \"dotenv:PATH#NAME\" for each variable in the file"
      "${at}.my_local is named \"my-local\" in the clients, some of which reject its name"
      "${at}.signed.oauth.other is not passed on; if a client needs it, set programs.mcpgen.servers.signed.extra.CLIENT"
    ] rich.config.warnings;
    assert lib.all (
      { servers, says }:
      same "assertions" [ "programs.mcp.servers.${says}" ] (shim.failed (shared servers { }))
    ) untranslatable;
    assert same "overridden" [ ] (
      shim.failed (
        shared {
          one = {
            command = "one";
            env.KEY = "\${input:key}";
          };
        } { servers.one.secrets.KEY = "keyring:one"; }
      )
    );
    assert same "a name" [
      "programs.mcpgen.excludeMcpServers names \"nobody\", which is not in programs.mcp.servers"
    ] (shim.failed (shared { one.command = "one"; } { excludeMcpServers = [ "nobody" ]; }));
    run ''
      ${lib.getExe mcpgen} check --file ${rich.config.programs.mcpgen.finalDeclaration}
    '';

  a-disabled-module-brings-nothing =
    let
      off = (evaluate { }).config;
    in
    assert same "packages" [ ] off.home.packages;
    assert same "files" { } off.xdg.configFile;
    assert same "checks" [ ] off.home.checks;
    run ''
      ! grep -q ${builtins.storeDir}/.*mcpgen- ${shim.generation (evaluate { })}/activate
    '';

  sign-ins-are-refreshed-by-a-timer =
    let
      inherit (refreshing.config) launchd systemd;
      agent = launchd.agents.mcpgen-refresh.config;
      timer = systemd.user.timers.mcpgen-refresh.Timer;
      file = "@HOME@/.config/mcpgen/mcp.toml";
      script = lib.head agent.ProgramArguments;
      command = [
        (lib.getExe mcpgen)
        "refresh"
        "--file"
        file
      ];
    in
    assert same "agent" command (lib.tail agent.ProgramArguments);
    assert same "minutes" [
      { Minute = 0; }
      { Minute = 30; }
    ] agent.StartCalendarInterval;
    assert same "log" "@HOME@/Library/Logs/mcpgen-refresh.log" agent.StandardErrorPath;
    assert same "timer" "30min" timer.OnUnitActiveSec;
    assert same "after suspend" true timer.OnClockChange;
    assert same "off" { } (enabled { }).config.systemd.user.timers;
    assert same "templates" [ "--templates" "${./.}" ] (
      lib.drop 5
        (enabled {
          clients = [ "cursor" ];
          refresh.enable = true;
          templates = ./.;
        }).config.launchd.agents.mcpgen-refresh.config.ProgramArguments
    );
    assert same "seconds" 2820
      (enabled {
        clients = [ "cursor" ];
        refresh.enable = true;
        refresh.interval = 47;
      }).config.launchd.agents.mcpgen-refresh.config.StartInterval;
    assert same "command" (lib.concatMapStringsSep " " (
      word: builtins.toJSON (lib.replaceStrings [ "$" "%" ] [ "$$" "%%" ] word)
    ) agent.ProgramArguments) systemd.user.services.mcpgen-refresh.Service.ExecStart;
    assert same "escapes" true (
      lib.hasSuffix "\"@HOME@/50%%/$$x/mcpgen/mcp.toml\"" odd.config.systemd.user.services.mcpgen-refresh.Service.ExecStart
    );
    run ''
      mkdir -p $HOME/.config
      echo 'clients = ["cursor"]' > mcp.toml
      ${lib.escapeShellArgs (lib.init command)} mcp.toml
      expect "$HOME/auth true" "$(${script} bash -c 'echo $MCP_REMOTE_CONFIG_DIR $SWITCH')"
    '';

  the-example-is-a-configuration =
    assert same "assertions" [ ] (shim.failed example.homeConfigurations.ada);
    run ''
      : ${lib.head example.homeConfigurations.ada.config.home.checks}
    '';

  a-file-is-rendered-into-the-store = run ''
    expect '{"mcpServers":{"one":{"url":"https://one.example/mcp"}}}' "$(jq -c . ${rendered})"
    expect ${lib.getExe mcpgen} "$(jq -r .mcpServers.one.command ${renderedFile})"
    expect ${lib.getExe mcpgen} "$(jq -r .mcpServers.one.command ${renderedHome "/home/ada"})"
    expect '["here"]' "$(jq -c '.mcpServers | keys' ${renderedMachine})"
    expect /home/ada/src "$(jq -r .mcpServers.one.args[0] ${renderedHome "/home/ada"})"
    ${lib.optionalString (leaks "token") "fail 'lib.render writes a secret to the store'"}
    grep -q 'set `home`' ${pkgs.testers.testBuildFailure (renderedHome null)}/testBuildFailure.log
  '';
}
