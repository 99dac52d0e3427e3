# `mcpgen` in a project: a hook for a shell that writes the clients' files in the project.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    escapeShellArg
    escapeShellArgs
    mkOption
    optionals
    types
    ;

  cfg = config.mcpgen;
  table = lib.importJSON ./table.json;

  assertions = import ./assertions.nix {
    inherit
      cfg
      lib
      pkgs
      table
      ;
    prefix = "mcpgen";
  };
  failed =
    map (one: one.message) (lib.filter (one: !one.assertion) assertions.declared)
    ++ optionals (cfg.declaration != null && !isStored) [
      "mcpgen.declaration is not in the store; write it as a Nix path, for example ./mcp.toml"
    ];
  isStored =
    builtins.isPath cfg.declaration || lib.hasPrefix builtins.storeDir (toString cfg.declaration);

  templates = optionals (cfg.templates != null) [
    "--templates"
    "${cfg.templates}"
  ];
  declaration =
    if cfg.declaration != null then
      "${cfg.declaration}"
    else
      (pkgs.formats.toml { }).generate "mcp.toml" (
        import ./declared.nix { inherit lib table; } (removeAttrs cfg [ "homes" ])
      );
  # An error in the declaration fails the build of the shell.
  checked = pkgs.runCommandLocal "mcp.toml" { } ''
    ${lib.getExe cfg.package} check --file ${escapeShellArgs ([ declaration ] ++ templates)}
    cp ${declaration} $out
  '';

  adopted =
    if cfg.adopt == "all" then
      [ "--adopt-all" ]
    else
      lib.concatMap (name: [
        "--adopt"
        name
      ]) cfg.adopt;
  # A declaration without clients is an error, and in a project it means that no client gets servers.
  isNone = cfg.declaration == null && cfg.clients == [ ];
  words =
    if isNone then
      [ "--none" ]
    else
      [
        "--file"
        "${cfg.finalDeclaration}"
      ]
      ++ adopted;

  findRoot = ''
    root=$PWD
    until [ -e "$root/flake.nix" ]; do
      if [ -z "$root" ]; then
        echo "mcpgen: neither $PWD nor a directory above it has a flake.nix; set \`mcpgen.root\`" >&2
        exit 1
      fi
      root=''${root%/*}
    done
    if [ "$root" -ef "$HOME" ]; then
      echo 'mcpgen: a home directory is not a project; set `mcpgen.root`' >&2
      exit 1
    fi
  ''
  # A shell of one flake can be started in the directory of another.
  + lib.optionalString (cfg.flake != null) ''
    if [ "$(sha256sum <"$root/flake.nix")" != '${builtins.hashFile "sha256" "${cfg.flake}/flake.nix"}  -' ]; then
      echo "mcpgen: this shell is not of $root/flake.nix as it is now, so nothing is written" >&2
      exit 1
    fi
  '';
  # The link keeps the declaration, and all store paths in it, from the garbage collector.
  linkDeclaration = ''
    if [ -e "$link" ] && [ ! -L "$link" ]; then
      echo "mcpgen: $link is not a link; remove it, or set \`mcpgen.link\`" >&2
      exit 1
    fi
    mkdir -p "''${link%/*}"
    if ! nix-store --realise ${cfg.finalDeclaration} --add-root "$link" --indirect >/dev/null; then
      echo "mcpgen: cannot protect the servers in $link from the garbage collector of Nix" >&2
      ln -sfn ${cfg.finalDeclaration} "$link"
    fi
  '';
in
{
  options.mcpgen =
    # A client has one file in a project, for all its homes. The sign-ins are the user's.
    removeAttrs
      (import ./options.nix {
        inherit
          lib
          pkgs
          cfg
          table
          ;
      })
      [
        "enableMcpIntegration"
        "excludeMcpServers"
        "homes"
        "refresh"
      ]
    // {
      root = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "/home/ada/src/acme";
        description = "The project directory. By default, it is the nearest directory with a {file}`flake.nix`.";
      };

      flake = mkOption {
        type = types.nullOr types.path;
        default = null;
        example = lib.literalExpression "self";
        description = ''
          The flake of the project. If it is set, mcpgen writes only to a directory with the same
          {file}`flake.nix`. The module for flake-parts sets it.
        '';
      };

      link = mkOption {
        type = types.str;
        default = ".direnv/mcpgen.toml";
        description = ''
          The path of a link to the declaration, below the project directory. The link is a root of the
          garbage collector.
        '';
      };

      apply = mkOption {
        type = types.package;
        readOnly = true;
        description = "The program that writes the clients' files in the project.";
      };

      shellHook = mkOption {
        type = types.str;
        readOnly = true;
        description = "The hook for a shell. It runs {option}`apply`.";
      };

      devShell = mkOption {
        type = types.package;
        readOnly = true;
        description = "A shell with mcpgen and the hook, for `inputsFrom`.";
      };
    };

  config.mcpgen = {
    finalDeclaration = lib.throwIf (failed != [ ]) "\n- ${lib.concatStringsSep "\n- " failed}" checked;

    apply = pkgs.writeShellScript "mcpgen-project" ''
      set -eu
      ${if cfg.root == null then findRoot else "root=${escapeShellArg cfg.root}"}
      link=$root/${escapeShellArg cfg.link}
      ${lib.optionalString (!isNone) linkDeclaration}
      ${lib.getExe cfg.package} apply --project "$root" --owner "$link" --linked-at "$link" ${
        escapeShellArgs (words ++ templates)
      } || {
        status=$?
        if [ $status = 4 ]; then
          echo 'mcpgen.adopt lists the servers whose entries mcpgen may replace' >&2
        fi
        exit $status
      }
    '';

    # A shell starts even if the files cannot be written.
    shellHook = lib.optionalString cfg.enable ''
      ${cfg.apply} || true
    '';

    devShell = pkgs.mkShell {
      packages = lib.optionals cfg.enable [ cfg.package ];
      inherit (cfg) shellHook;
    };
  };
}
