# What an evaluation alone shows: assertions, what is taken in from elsewhere, and what a build refuses.
{
  evaluate,
  lib,
  mcpgen,
  pkgs,
  run,
  self,
  shim,
  ...
}:
let
  same =
    name: expected: actual:
    lib.assertMsg (
      expected == actual
    ) "${name}: expected ${builtins.toJSON expected}, got ${builtins.toJSON actual}";

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
      home = enabled {
        declaration = "/mcp.toml";
        clients = [ "cursor" ];
      };
      says = [
        "programs.mcpgen.declaration is a complete mcp.toml: remove clients, homes, servers, launch and settings"
      ];
    }
    {
      home = enabled {
        declaration = "/mcp.toml";
        launch.bridge = [ "/bridge" ];
      };
      says = [
        "programs.mcpgen.declaration is a complete mcp.toml: remove clients, homes, servers, launch and settings"
      ];
    }
    {
      home = enabled { settings.launch.secret-timeout = 9; };
      says = [
        (
          "programs.mcpgen.settings is for other fields of the declaration; set clients, homes, launch and servers "
          + "with their own options"
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
  said =
    home:
    lib.mapAttrs (
      _: lib.filterAttrs (_: value: value != null && value != [ ] && value != { })
    ) home.config.programs.mcpgen.servers;

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

  faulty = enabled {
    clients = [ "cursor" ];
    servers.one = {
      command = "one";
      tiemout = 9;
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

  refreshing = enabled {
    refresh.enable = true;
    refresh.interval = 30;
  };
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
        auth = {
          mode = null;
          token = "env:DOCS_TOKEN";
          account = null;
          client-secret = null;
          device = null;
          issuer = null;
          private-key = null;
          registration = null;
          resource = null;
          use-id-token = null;
        };
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

  sign-ins-are-renewed-by-a-timer =
    let
      inherit (refreshing.config) launchd systemd;
      file = "@HOME@/.config/mcpgen/mcp.toml";
      command = [
        (lib.getExe mcpgen)
        "refresh"
        "--file"
        file
      ];
    in
    assert same "agent" command launchd.agents.mcpgen-refresh.config.ProgramArguments;
    assert same "seconds" 1800 launchd.agents.mcpgen-refresh.config.StartInterval;
    assert same "timer" "30min" systemd.user.timers.mcpgen-refresh.Timer.OnUnitActiveSec;
    assert same "off" { } (enabled { }).config.systemd.user.timers;
    assert same "templates" [ "--templates" "${./.}" ] (
      lib.drop 4
        (enabled {
          refresh.enable = true;
          templates = ./.;
        }).config.launchd.agents.mcpgen-refresh.config.ProgramArguments
    );
    assert same "command" (lib.concatMapStringsSep " " builtins.toJSON
      command
    ) systemd.user.services.mcpgen-refresh.Service.ExecStart;
    run ''
      mkdir -p $HOME/.config
      echo 'clients = ["cursor"]' > mcp.toml
      ${lib.escapeShellArgs (lib.init command)} mcp.toml
    '';

  the-example-is-a-configuration =
    assert same "assertions" [ ] (shim.failed example.homeConfigurations.ada);
    run ''
      : ${lib.head example.homeConfigurations.ada.config.home.checks}
    '';

  a-file-is-rendered-into-the-store = run ''
    expect '{"mcpServers":{"one":{"url":"https://one.example/mcp"}}}' "$(jq -c . ${rendered})"
    expect ${lib.getExe mcpgen} "$(jq -r .mcpServers.one.command ${renderedHome "/home/ada"})"
    expect /home/ada/src "$(jq -r .mcpServers.one.args[0] ${renderedHome "/home/ada"})"
    grep -q 'set `home`' ${pkgs.testers.testBuildFailure (renderedHome null)}/testBuildFailure.log
  '';
}
