# A project: flake-parts, devenv and neither write its files when a shell starts.
{
  lib,
  mcpgen,
  pkgs,
  run,
  same,
  self,
  ...
}:
let
  inherit (pkgs.stdenv.hostPlatform) system;

  inputs = {
    nixpkgs = {
      inherit lib;
      legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ] (
        _: pkgs // { mcp-atlassian = mcpgen; }
      );
    };
    flake-parts = import ./flake-parts.nix { inherit lib; };
    mcpgen = self;
    self = ../../examples/flake-parts;
  };
  flake = (import ../../examples/flake-parts/flake.nix).outputs inputs;
  shell = flake.devShells.${system}.default;

  # As much of devenv as its module needs.
  devenvAt =
    root: module:
    (lib.evalModules {
      modules = [
        {
          options = {
            devenv.root = lib.mkOption { default = root; };
            enterShell = lib.mkOption {
              type = lib.types.lines;
              default = "";
            };
            packages = lib.mkOption {
              type = lib.types.listOf lib.types.package;
              default = [ ];
            };
          };
        }
        module
      ];
      specialArgs = {
        inherit inputs pkgs;
      };
    }).config;
  devenv = devenvAt "@ROOT@" ../../examples/devenv/devenv.nix;

  project = options: (self.lib.evalModule pkgs { mcpgen = options; }).config.mcpgen;
  one.url = "https://one.example/mcp";
  enabled =
    options:
    project (
      {
        enable = true;
        clients = [ "cursor" ];
      }
      // options
    );
  first = enabled {
    servers = {
      inherit one;
      two.command = "two";
    };
  };
  less = enabled { servers = { inherit one; }; };
  none = enabled { clients = [ ]; };
  adopting = enabled {
    servers = { inherit one; };
    adopt = [ "one" ];
  };
  written = enabled {
    clients = [ ];
    declaration = ../../examples/minimal.toml;
  };
  secret = enabled {
    servers.one = one // {
      headers.X-Api-Key = "Hunter2Hunter2";
    };
  };
  faulty = enabled {
    servers.one = one // {
      tiemout = 9;
    };
  };
  fails = value: !(builtins.tryEval (builtins.deepSeq value true)).success;

  # enter HOOK [DIRECTORY]: starts a shell in the project, and writes its output to `log`.
  inProject =
    script:
    run ''
      mkdir -p bin project/src
      touch project/flake.nix
      cat > bin/nix-store <<'SH'
      #!/bin/bash
      [ "$1 $3 $5" = "--realise --add-root --indirect" ] || exit 1
      ln -sfn "$2" "$4"
      SH
      chmod +x bin/nix-store
      enter() {
        (cd "project/''${2-}" && PATH=$OLDPWD/bin:$PATH bash -euc "$1") > log 2>&1 || fail "no shell: $(cat log)"
      }
      ${script}
    '';
  hook = config: lib.escapeShellArg config.shellHook;
in
{
  # With the hook itself for `run.sh`.
  flake-parts-writes-the-files-of-a-project =
    name:
    inProject ''
      echo '{"mcpServers":{"mine":{"command":"keep"}}}' > project/.mcp.json
      cp ${../../examples/flake-parts/flake.nix} project/flake.nix
      enter ${hook shell} src
      expect '["docs","jira","mine"]' "$(jq -c '.mcpServers | keys' project/.mcp.json)"
      expect '["docs","jira"]' "$(jq -c '.mcpServers | keys' project/.cursor/mcp.json)"
      expect '["${lib.getExe mcpgen}",["exec","jira","-f","'$PWD'/project/.direnv/mcpgen.toml"]]' \
        "$(jq -c '.mcpServers.jira | [.command, .args]' project/.mcp.json)"
      grep -qF ${lib.getExe mcpgen} project/.direnv/mcpgen.toml || fail 'nothing keeps the servers alive'
      enter ${hook shell} src
      expect "" "$(cat log)"
    '' name
    // {
      hook = flake.allSystems.${system}.mcpgen.apply;
    };

  devenv-writes-the-files-of-a-project =
    assert same "packages" [ mcpgen.drvPath ] (map (package: package.drvPath) devenv.packages);
    assert same "off" "" (devenvAt "/" self.devenvModules.default).enterShell;
    inProject ''
      rm project/flake.nix
      cp -L ${devenv.mcpgen.apply} apply
      sed -i "s|@ROOT@|$PWD/project|" apply
      enter 'bash ../apply'
      expect '["docs"]' "$(jq -c '.mcpServers | keys' project/.mcp.json)"
      test -L project/.devenv/mcpgen.toml || fail 'nothing keeps the servers alive'
      enter 'bash ../apply'
      expect "" "$(cat log)"
      grep -qF ${devenv.mcpgen.apply} <<< ${lib.escapeShellArg devenv.enterShell}
    '';

  what-is-dropped-leaves-the-files-of-a-project = inProject ''
    enter ${hook first}
    expect '["one","two"]' "$(jq -c '.mcpServers | keys' project/.cursor/mcp.json)"
    enter ${hook less}
    expect '["one"]' "$(jq -c '.mcpServers | keys' project/.cursor/mcp.json)"
    enter ${hook none}
    test ! -e project/.cursor || fail "$(cat project/.cursor/mcp.json)"
    enter ${hook none}
    expect "" "$(cat log)"
  '';

  a-shell-starts-although-an-entry-is-in-the-way = inProject ''
    mkdir project/.cursor
    echo '{"mcpServers":{"one":{"command":"mine"}}}' > project/.cursor/mcp.json
    enter ${hook less}
    says 'mcpgen.adopt'
    expect mine "$(jq -r .mcpServers.one.command project/.cursor/mcp.json)"
    enter ${hook adopting}
    expect https://one.example/mcp "$(jq -r .mcpServers.one.url project/.cursor/mcp.json)"
  '';

  a-shell-starts-where-nix-cannot-protect-the-servers = inProject ''
    printf '#!/bin/bash\nexit 1\n' > bin/nix-store
    enter ${hook less}
    says 'garbage collector'
    test -e project/.cursor/mcp.json
    rm project/.direnv/mcpgen.toml
    echo mine > project/.direnv/mcpgen.toml
    enter ${hook less}
    says 'is not a link'
    expect mine "$(cat project/.direnv/mcpgen.toml)"
  '';

  a-shell-outside-of-its-project-writes-nothing = inProject ''
    enter ${hook shell}
    says 'nothing is written'
    HOME=$PWD/project enter ${hook less}
    says 'not a project'
    rm project/flake.nix
    enter ${hook less}
    says 'flake.nix'
    expect "src" "$(ls -A project)"
  '';

  a-declaration-of-a-project-is-used = inProject ''
    enter ${hook written}
    test -e project/.mcp.json || fail "$(cat log; find project)"
  '';

  what-a-project-declares-is-checked =
    assert fails secret.finalDeclaration.drvPath;
    assert fails (enabled { declaration = "/mcp.toml"; }).finalDeclaration.drvPath;
    assert same "off" "" (project { }).shellHook;
    run ''
      log=${pkgs.testers.testBuildFailure faulty.finalDeclaration}/testBuildFailure.log
      grep -q 'timeout' $log || fail "$(cat $log)"
    '';
}
