# The activation, run: against a file that the client wrote itself.
{
  activate,
  evaluate,
  lib,
  mcpgen,
  shim,
  ...
}:
let
  one.url = "https://one.example/mcp";
  two = {
    command = "two";
    secrets.TWO_TOKEN = "env:TWO_TOKEN";
  };
  home =
    options:
    evaluate (
      {
        enable = true;
        clients = [ "claude-code" ];
      }
      // options
    );

  both = home { servers = { inherit one two; }; };
  first = home { servers = { inherit one; }; };
  adopting = home {
    servers = { inherit one; };
    adopt = [ "one" ];
  };
  elsewhere = home {
    clients = [ "cursor" ];
    servers = { inherit one; };
  };
  native = home {
    launch.bridge = [
      "mcpgen"
      "bridge"
    ];
    servers.one = one // {
      auth = "oauth";
    };
  };
  machines = home {
    include = [ "~/local.toml?" ];
    servers = {
      one = one // {
        hosts = [ "*" ];
        os = [
          "linux"
          "macos"
        ];
      };
      two = two // {
        sets = [ "work" ];
      };
      three = {
        command = "three";
        hosts = [ "another-machine" ];
      };
    };
  };
  off = evaluate { enable = false; };
  written = evaluate {
    enable = true;
    declaration = "@HOME@/mcp.toml";
  };
  moved = shim.evaluate [
    (import ../../modules/home-manager.nix)
    {
      home.sessionVariables = {
        CLAUDE_CONFIG_DIR = "$HOME/claude$NOWHERE_SET";
        CODEX_HOME = null;
      };
      programs.mcpgen = {
        enable = true;
        package = mcpgen;
        clients = [ "claude-code" ];
        servers = { inherit one; };
      };
    }
  ];

  generations = {
    inherit
      adopting
      both
      elsewhere
      first
      machines
      moved
      native
      off
      written
      ;
  };
  activation = activate generations;
in
{
  a-dry-run-shows-and-writes-nothing = activation [ "first" ] ''
    activated first DRY_RUN=1
    says one
    says .claude.json
    unchanged
    expect ".claude.json" "$(ls -A $HOME | grep -v '^.local$')"
  '';

  a-live-run-merges-and-a-second-one-is-silent = activation [ "both" ] ''
    activated both
    expect '[7,"keep","https://one.example/mcp","${lib.getExe mcpgen}",["exec","two"]]' "$(claude \
      '[.numStartups, .mcpServers.mine.command, .mcpServers.one.url, .mcpServers.two.command, .mcpServers.two.args]')"
    test -e $HOME/.config/mcpgen/mcp.toml || fail 'mcpgen by hand finds no declaration'
    touch -d 2001-01-01 $HOME/.claude.json
    stat -c '%i %Y' $HOME/.claude.json > inode
    activated both
    expect "" "$(said)"
    expect "$(cat inode)" "$(stat -c '%i %Y' $HOME/.claude.json)"
  '';

  the-native-bridge-is-the-package-itself = activation [ "native" ] ''
    activated native
    expect '["${lib.getExe mcpgen}",["bridge","https://one.example/mcp"]]' "$(claude \
      '[.mcpServers.one.command, .mcpServers.one.args]')"
  '';

  each-machine-gets-its-own-servers = activation [ "machines" ] ''
    activated machines
    expect '["mine","one"]' "$(claude '.mcpServers | keys')"
    echo 'machine.sets = ["work"]' > $HOME/local.toml
    activated machines
    expect '["mine","one","two"]' "$(claude '.mcpServers | keys')"
    rm $HOME/local.toml
    activated machines
    expect '["mine","one"]' "$(claude '.mcpServers | keys')"
  '';

  a-server-that-is-dropped-leaves-the-file =
    activation
      [
        "both"
        "first"
      ]
      ''
        activated both
        activated first
        expect '["mine","one"]' "$(claude '.mcpServers | keys')"
      '';

  a-client-that-is-dropped-is-cleaned-up =
    activation
      [
        "first"
        "elsewhere"
      ]
      ''
        activated first
        activated elsewhere
        unchanged
        test -e $HOME/.cursor/mcp.json
      '';

  disabling-leaves-nothing =
    activation
      [
        "both"
        "off"
      ]
      ''
        activated off
        expect "" "$(said)"
        activated both
        activated off DRY_RUN=1
        says two
        expect '["mine","one","two"]' "$(claude '.mcpServers | keys')"
        activated off
        unchanged
        activated off
        expect "" "$(said)"
      '';

  disabling-that-fails-is-tried-again =
    activation
      [
        "first"
        "off"
      ]
      ''
        activated first
        cp $HOME/.claude.json whole.json
        echo '{ "mcpServers": @' > $HOME/.claude.json
        rm -f $HOME/.written
        refused off 1
        says .claude.json
        cp whole.json $HOME/.claude.json

        # A successful plan does not mean that the apply succeeds.
        cp generations/first/mcpgen-leave leave
        sed -i '1a [ "''${1:-}" = --dry-run ] || exit 5' generations/first/mcpgen-leave
        activate off && fail 'it went well' || expect 5 $?
        test -L $HOME/.config/mcpgen/mcp.toml || fail 'the links of the generation are already gone'
        cp leave generations/first/mcpgen-leave
        activated off
        unchanged
      '';

  a-file-that-does-not-parse-stops-before-anything-is-written = activation [ "first" ] ''
    echo '{ "mcpServers": @' > $HOME/.claude.json
    cp $HOME/.claude.json before.json
    refused first 1
    says .claude.json:1
    unchanged
  '';

  an-entry-of-that-name-stops-it-until-it-may-be-adopted =
    activation
      [
        "first"
        "adopting"
      ]
      ''
        echo '{"mcpServers":{"one":{"command":"mine"}}}' > $HOME/.claude.json
        cp $HOME/.claude.json before.json
        refused first 4
        says 'programs.mcpgen.adopt = [ "one" ];'
        says 'programs.mcpgen.servers'
        ! grep -q 'mcpgen apply' log || fail "a command for a shell: $(cat log)"
        unchanged
        activated adopting
        expect '"https://one.example/mcp"' "$(claude .mcpServers.one.url)"
      '';

  an-apply-by-hand-is-another-owners =
    activation
      [
        "both"
        "off"
      ]
      ''
        cat > mcp.toml <<'TOML'
        clients = ["claude-code"]
        [servers.three]
        command = "three"
        TOML
        ${lib.getExe mcpgen} apply -f mcp.toml > /dev/null 2>&1
        activated both
        activated off
        expect '["mine","three"]' "$(claude '.mcpServers | keys')"
      '';

  a-declaration-by-hand-is-read-when-it-is-activated = activation [ "written" ] ''
    cat > $HOME/mcp.toml <<'TOML'
    clients = ["claude-code"]
    [servers.three]
    command = "three"
    secrets = { K = "env:K" }
    TOML
    activated written
    expect '["${lib.getExe mcpgen}",["exec","three"]]' "$(claude '[.mcpServers.three.command, .mcpServers.three.args]')"
    rm -f $HOME/.written
    echo 'clients = 7' > $HOME/mcp.toml
    refused written 1
    says 'mcp.toml:1'
  '';

  a-shells-own-variables-do-not-say-it = activation [ "first" ] ''
    activated first CLAUDE_CONFIG_DIR=$HOME/claude
    expect '["mine","one"]' "$(claude '.mcpServers | keys')"
    test ! -e $HOME/claude
  '';

  session-variables-say-where-clients-files-lie = activation [ "moved" ] ''
    activated moved CLAUDE_CONFIG_DIR=/nowhere
    unchanged
    test -e $HOME/claude/.claude.json || fail "$(find $HOME -name '*.json')"
  '';

  no-program-of-the-machine-is-needed = activation [ "both" ] ''
    mkdir bin
    for tool in bash cat cmp dirname env find ln mkdir readlink rm rmdir touch; do ln -s "$(command -v $tool)" bin; done
    activated both PATH=$PWD/bin
  '';
}
