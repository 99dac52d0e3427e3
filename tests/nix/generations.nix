# The activation of one generation after another: links that home-manager makes and removes in the same switch, steps
# of other modules, and the ways to leave.
{
  activate,
  lib,
  mcpgen,
  self,
  shim,
  ...
}:
let
  one.url = "https://one.example/mcp";
  plain = module: shim.evaluate [ module ];
  # A home with mcpgen, and with the options of `module` outside `programs.mcpgen`.
  home =
    module: options:
    shim.evaluate [
      self.homeModules.default
      module
      {
        programs.mcpgen = {
          enable = true;
          clients = [ "cursor" ];
          servers = { inherit one; };
        }
        // options;
      }
    ];
  step = after: script: { home.activation.other = shim.dag.entryAfter after script; };
  codex = {
    clients = [ "codex" ];
  };
  claude = {
    clients = [ "claude-code" ];
  };

  large = {
    clients = [
      "amp"
      "claude-code"
      "codex"
      "copilot-cli"
      "cursor"
      "gemini-cli"
      "goose"
      "opencode"
      "vscode"
      "zed"
    ];
    launch.bridge = [
      "mcpgen"
      "bridge"
    ];
    launch.env.NO_PROXY = "localhost";
    servers =
      lib.genAttrs [ "local1" "local2" "local3" "local4" "local5" ] (name: {
        command = mcpgen;
        args = [
          name
          "--stdio"
        ];
        env.MODE = "read";
        secrets.TOKEN = "env:TOKEN";
        timeout = 60;
        tools.allow = [ "read" ];
      })
      // lib.genAttrs [ "remote1" "remote2" "remote3" "remote4" "remote5" ] (name: {
        url = "https://${name}.example/mcp";
        auth.token = "file:/run/secrets/${name}";
        headers.X-Team = "acme";
        timeout = 60;
        enabled = name != "remote4";
      });
  };

  generations = {
    # home-manager's own files, without mcpgen.
    linked = plain {
      home.file.".cursor/mcp.json".text = ''{"mcpServers":{"theirs":{"command":"a"}}}'';
    };
    linkedDirectory = plain { home.file.".cursor".source = ./stub; };

    cursor = home { } { };
    both = home { home.file.".cursor/mcp.json".text = "{}"; } { };
    directory = home { home.file.".cursor".source = ./stub; } { };
    tree = home {
      home.file.".cursor" = {
        source = ./generations;
        recursive = true;
      };
    } { };
    codexMoved = home {
      home.sessionVariables.CODEX_HOME = "@HOME@/codex";
      home.file."codex/config.toml".text = ''model = "x"'';
    } codex;
    outside = home (
      { config, ... }:
      {
        home.file.".cursor/mcp.json".source =
          config.lib.file.mkOutOfStoreSymlink "@HOME@/dotfiles/mcp.json";
      }
    ) { };

    broken = home (
      { lib, ... }:
      {
        home.activation = {
          breaks = shim.dag.entryAfter [ "writeBoundary" ] ''
            echo '{ "mcpServers": @' > "$HOME/.claude.json"
          '';
          afterMcpgen = shim.dag.entryAfter [ "mcpgen" ] ''touch "$HOME/after"'';
          zAfterLinks = shim.dag.entryAfter [ "linkGeneration" ] ''touch "$HOME/later"'';
        };
      }
    ) claude;
    writer = home (step [ "linkGeneration" ] ''
      echo '{"theirs":true}' > "$HOME/.claude.json"
    '') claude;
    follower = home (step [ "mcpgen" ] ''
      cp "$HOME/.claude.json" "$HOME/seen.json"
    '') claude;

    # Sixty options, and ten clients with files of their own.
    large = home { } large;
    smaller = home { } (large // { servers = removeAttrs large.servers [ "remote5" ]; });
    largeOff = home { } { enable = false; };
    largeUninstalled = home { uninstall = true; } large;

    claude = home { } claude;
    noClients = home { } { clients = [ ]; };
    uninstalled = home { uninstall = true; } claude;
  };
  activation = activate generations;
in
{
  home-managers-own-file-becomes-mcpgens = activation [ "linked" "cursor" ] ''
    activated linked
    test -L $HOME/.cursor/mcp.json || fail 'home-manager did not link the file'
    activated cursor DRY_RUN=1
    says one
    test -L $HOME/.cursor/mcp.json || fail 'a dry run removed the link'
    activated cursor
    test ! -L $HOME/.cursor/mcp.json || fail 'the file is still a link'
    expect '["one"]' "$(jq -c '.mcpServers | keys' $HOME/.cursor/mcp.json)"
    activated cursor
    expect "" "$(said)"
  '';

  home-managers-own-directory-becomes-mcpgens = activation [ "linkedDirectory" "cursor" ] ''
    activated linkedDirectory
    test -L $HOME/.cursor || fail 'home-manager did not link the directory'
    activated cursor
    expect '["one"]' "$(jq -c '.mcpServers | keys' $HOME/.cursor/mcp.json)"
  '';

  a-file-that-stays-home-managers-stops-before-anything-is-written = activation [ "both" ] ''
    refused both 1
    says '.cursor/mcp.json'
    says 'managed by Nix'
    test ! -e $HOME/.cursor
  '';

  a-linked-directory-stops-before-anything-is-written = activation [ "directory" "tree" ] ''
    for generation in directory tree; do
      refused $generation 1
      says '.cursor/mcp.json'
      says 'managed by Nix'
      test ! -e $HOME/.cursor
    done
  '';

  a-file-that-a-session-variable-moves-stops-before-anything-is-written =
    activation [ "codexMoved" ]
      ''
        refused codexMoved 1
        says 'codex/config.toml'
        says 'managed by Nix'
        test ! -e $HOME/codex
      '';

  a-link-to-the-users-own-dotfiles-is-followed-and-stays =
    assert shim.failed generations.outside == [ ];
    activation [ "outside" "linked" ] ''
      mkdir $HOME/dotfiles
      echo '{"mine":true}' > $HOME/dotfiles/mcp.json
      activated outside DRY_RUN=1
      says dotfiles/mcp.json
      for generation in outside outside; do
        activated $generation
        test -L $HOME/.cursor/mcp.json || fail 'the link is gone'
        expect '[true,["one"]]' "$(jq -c '[.mine, (.mcpServers | keys)]' $HOME/dotfiles/mcp.json)"
      done
      expect "" "$(said)"
    '';

  an-apply-that-fails-takes-no-other-step-down = activation [ "claude" "broken" ] ''
    activated claude
    activate broken && fail 'it went well' || expect 1 $?
    says .claude.json
    says 'the other steps of the activation continue'
    test -e $HOME/later && test -e $HOME/after || fail "a step did not run: $(cat log)"
    expect "$PWD/generations/broken" "$(current_generation)"
    test ! -e "$(new_generation)" || fail 'the trap of home-manager did not run'
    cp before.json $HOME/.claude.json
    activated claude
    expect '["mine","one"]' "$(claude '.mcpServers | keys')"
  '';

  mcpgen-comes-after-the-modules-that-write-to-the-same-file = activation [ "writer" ] ''
    activated writer
    expect '[true,["one"]]' "$(claude '[.theirs, (.mcpServers | keys)]')"
  '';

  a-step-can-be-ordered-after-mcpgen = activation [ "follower" ] ''
    activated follower
    cmp $HOME/.claude.json $HOME/seen.json
  '';

  the-last-client-can-be-removed =
    assert shim.failed generations.noClients == [ ];
    assert generations.noClients.config.home.checks == [ ];
    activation [ "claude" "noClients" ] ''
      activated claude
      activated noClients
      unchanged
      activated noClients
      expect "" "$(said)"
      test ! -e $HOME/.config/mcpgen/mcp.toml
    '';

  a-large-configuration-is-silent-and-leaves-every-byte =
    activation [ "large" "smaller" "largeOff" "largeUninstalled" ]
      ''
          mkdir -p $HOME/{.codex,.cursor,.gemini,.config/{amp,goose,opencode,zed}}
          printf '# mine\nmodel = "x"   # the model\n\n[mcp_servers.mine]\ncommand = "keep"\n' > $HOME/.codex/config.toml
          printf '{ "mcpServers": { } }' > $HOME/.cursor/mcp.json
          printf '{\r\n  "theme": "dark"\r\n}\r\n' > $HOME/.gemini/settings.json
          printf '{\n\t// mine\n\t"amp.x": 1,\n}\n' > $HOME/.config/amp/settings.json
          printf 'GOOSE_MODEL: x\nextensions:\n  mine:\n    type: builtin # mine\n' > $HOME/.config/goose/config.yaml
          printf '{"$schema":"https://opencode.ai/config.json"}' > $HOME/.config/opencode/opencode.json
          printf '{\n  // mine\n  "ui_font_size": 16\n}\n' > $HOME/.config/zed/settings.json
          # Every file of the user, with its bytes.
          files() {
            (cd $HOME && find . -type f -not -path './.local/*' -not -path './.config/mcpgen/*' -not -name .written \
              -not -name .current -exec md5sum {} + | sort -k2)
          }
          files > own
          activated large
          files > written
          expect 10 "$(diff own written | grep -c '^>')"
          touch -d 2001-01-01 $HOME/.claude.json $HOME/.codex/config.toml
          activated large
          expect "" "$(said)"
          files | cmp - written
          expect "978307200 978307200" "$(stat -c %Y $HOME/.claude.json $HOME/.codex/config.toml | xargs)"

          # A rollback, and a switch to a specialisation and back, are activations of another generation. mcpgen adds
        # an entry behind the others, so the entry that comes and goes here is the last one.
          activated smaller
          files | cmp -s - written && fail 'the smaller configuration changed nothing'
          activated large
          files | diff - written
          activated largeOff
          files | diff - own
          activated large
          activated largeUninstalled
          files | diff - own
      '';

  uninstalling-home-manager-leaves-nothing = activation [ "claude" "uninstalled" ] ''
    activated claude
    activated uninstalled
    unchanged
    test ! -e $HOME/.config || fail "$(find $HOME/.config)"
  '';
}
