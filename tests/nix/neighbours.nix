# Checks that only the real modules allow: home-manager's own, and those that decrypt secrets or provide servers.
{
  activate,
  lib,
  pkgs,
  run,
  self,
  shim,
  ...
}:
let
  home =
    modules: options:
    shim.evaluate (
      [
        self.homeModules.default
        {
          programs.mcpgen = {
            enable = true;
            clients = [ "cursor" ];
          }
          // options;
        }
      ]
      ++ modules
    );
  plain = shim.evaluate [ ];
  inherit (plain.options) programs;

  # Every module of home-manager that takes servers from programs.mcp.
  integrated = lib.attrNames (
    lib.filterAttrs
      (_: module: lib.isAttrs module && !(module ? _type) && module ? enableMcpIntegration)
      (
        removeAttrs programs [
          "mcpgen"
          "gemini-cli"
        ]
      )
  );
  inherit (lib.importJSON ../../modules/writers.json) writers;
  listed = map (writer: writer.module) writers;
  optionOf = module: path: lib.attrByPath (lib.splitString "." path) null programs.${module};
  unknown = lib.concatMap (
    writer:
    lib.filter (path: optionOf writer.module (lib.head (lib.splitString "." path)) == null) (
      writer.moved or [ ] ++ writer.servers or [ ]
    )
  ) writers;

  beside =
    module: client: settings:
    shim.failed (
      home
        [
          {
            programs.mcp = {
              enable = true;
              servers.one.command = "one";
            };
            programs.${module} = {
              enable = true;
              package = null;
            }
            // settings;
          }
        ]
        {
          clients = [ client ];
          servers.one.command = "one";
        }
    );

  secrets = home [
    ./real/sops-nix/modules/home-manager/sops.nix
    ./real/agenix/modules/age-home.nix
    (
      { config, ... }:
      {
        sops.age.keyFile = "/keys";
        sops.validateSopsFiles = false;
        sops.secrets.one = {
          sopsFile = ./home.sh;
          format = "binary";
        };
        age.package = pkgs.mkShell { };
        age.secrets.two.file = ./home.sh;
        programs.mcpgen.servers = {
          one = {
            command = "one";
            secrets.TOKEN = "file:${config.sops.secrets.one.path}";
          };
          two = {
            command = "two";
            secrets.TOKEN = "file:${config.age.secrets.two.path}";
          };
        };
      }
    )
  ] { };

  packaged = home [
    ./real/mcp-servers-nix/modules/home-manager.nix
    {
      programs.mcp.enable = true;
      mcp-servers.settings.servers = {
        remote = {
          url = "https://remote.example/mcp";
          headers.Authorization = "Bearer \${API_TOKEN}";
        };
        local = {
          command = "local";
          args = [ "--stdio" ];
        };
      };
    }
  ] { enableMcpIntegration = true; };

  opnix = home [
    ./real/opnix/nix/hm-module.nix
    {
      programs.mcpgen.servers.one = {
        url = "https://one.example";
        auth.token = "file:~/.config/opnix/one";
      };
    }
  ] { };
  check = configuration: lib.head configuration.config.home.checks;
in
{
  every-module-that-integrates-servers-is-listed =
    assert lib.assertMsg (lib.subtractLists listed integrated == [ ]) (
      "writers.json does not have ${toString (lib.subtractLists listed integrated)}"
    );
    assert lib.assertMsg (unknown == [ ]) "home-manager has no option ${toString unknown}";
    assert lib.length integrated >= 7;
    run "";

  every-writer-is-reported =
    assert lib.all (failed: lib.length failed == 1) [
      (beside "zed-editor" "zed" { enableMcpIntegration = true; })
      (beside "claude-code" "claude-code" { enableMcpIntegration = true; })
      (beside "codex" "codex" { enableMcpIntegration = true; })
      (beside "codex" "codex" { settings.model = "x"; })
      (beside "crush" "crush" { enableMcpIntegration = true; })
      (beside "opencode" "opencode" { settings.model = "x"; })
      (beside "github-copilot-cli" "copilot-cli" { enableMcpIntegration = true; })
      (beside "mistral-vibe" "mistral-vibe" { })
      (beside "antigravity-cli" "antigravity" { enableMcpIntegration = true; })
    ];
    assert beside "zed-editor" "cursor" { enableMcpIntegration = true; } == [ ];
    run "";

  secrets-of-sops-nix-agenix-and-opnix-are-references =
    assert shim.failed secrets == [ ];
    assert shim.failed opnix == [ ];
    run ": ${check secrets} ${check opnix}";

  servers-of-mcp-servers-nix-are-translated =
    assert shim.failed packaged == [ ];
    assert packaged.config.programs.mcpgen.servers.remote.auth.token == "env:API_TOKEN";
    run ": ${check packaged}";

  zeds-own-settings-stay-beside-the-servers =
    activate
      {
        zed =
          home
            [
              {
                programs.zed-editor = {
                  enable = true;
                  package = null;
                  userSettings.ui_font_size = 16;
                };
              }
            ]
            {
              clients = [ "zed" ];
              servers.one.command = "one";
            };
      }
      [ "zed" ]
      ''
        activated zed
        activated zed
        expect "" "$(said)"
        expect '["one"]' "$(jq -c '.context_servers | keys' $HOME/.config/zed/settings.json)"
      '';
}
