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
    expect "$PWD/generations/broken" "$(readlink $HOME/.current)"
    test ! -e $HOME/.new || fail 'the trap of home-manager did not run'
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

  uninstalling-home-manager-leaves-nothing = activation [ "claude" "uninstalled" ] ''
    activated claude
    activated uninstalled
    unchanged
    test ! -e $HOME/.config || fail "$(find $HOME/.config)"
  '';
}
