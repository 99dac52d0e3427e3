# The real home-manager, as shim.nix is a stand-in for it. Its modules and its activation are real, and packages are
# directories with the tools of this machine.
{ lib, pkgs }:
let
  home-manager = ./real/home-manager;
  lib' = import (home-manager + "/modules/lib/stdlib-extended.nix") (import ./real/lib);

  tools =
    pkgs.runCommand "tools" { } ''
      mkdir -p $out/bin
      for tool in bash cat chmod cmp cp cut date diff dirname env find gettext grep head id jq ln ls mkdir mktemp mv \
        readlink realpath rm rmdir sed sort stat touch tput tr uname wc xargs; do
        ln -s "$(command -v $tool || echo /bin/true)" $out/bin/$tool
      done
    ''
    // {
      meta.mainProgram = "tool";
      pname = "tool";
      version = "999";
    };
  packages = lib.genAttrs [
    "bash"
    "bashInteractive"
    "coreutils"
    "dbus"
    "diffutils"
    "findutils"
    "fontconfig"
    "gettext"
    "glibcLocales"
    "gnugrep"
    "go"
    "gnused"
    "home-manager"
    "jq"
    "less"
    "man-db"
    "ncurses"
    "nix"
    "sd-switch"
    "shared-mime-info"
    "sops-install-secrets"
    "systemd"
    "xdg-user-dirs"
    "zsh"
  ] (name: tools // { meta.mainProgram = name; });

  format = _: {
    type = lib.types.anything;
    lib.types.atom = lib.types.anything;
    generate = name: value: pkgs.writeText name (builtins.toJSON value);
  };
  formats = lib.genAttrs [
    "gitIni"
    "hocon"
    "ini"
    "iniWithGlobalSection"
    "javaProperties"
    "json"
    "keyValue"
    "libconfig"
    "lua"
    "nixConf"
    "plist"
    "pythonVars"
    "systemd"
    "xml"
    "yaml"
    "yaml_1_1"
    "yaml_1_2"
  ] (_: format);

  pkgs' =
    pkgs
    // packages
    // {
      inherit lib;
      path = ./real-nixpkgs;
      pkgs = pkgs';
      callPackage = lib.callPackageWith pkgs';
      buildPackages = pkgs';
      buildGo125Module = _: tools;
      config = { };
      overlays = [ ];
      runtimeShell = "/bin/bash";
      formats = pkgs.formats // formats;
      stdenv = pkgs.stdenv // {
        isDarwin = false;
        isLinux = true;
      };
      buildEnv = _: tools;
      # With the function of stdenv that home-manager calls.
      runCommand =
        name: attrs: script:
        pkgs.runCommand name attrs ''
          substituteInPlace() { sed -i "s|@$3@|$4|g" "$1"; }
          ${script}
        '';
      lndir = pkgs.runCommand "lndir" { } ''
        mkdir -p $out/nix-support
        cat > $out/nix-support/setup-hook <<'HOOK'
        lndir() { cp -rsT "''${@: -2:1}" "''${@: -1}"; }
        HOOK
      '';
      emptyDirectory = pkgs.runCommand "empty-directory" { } "mkdir $out";
      symlinkJoin = _: tools;
      replaceVars =
        file: variables:
        pkgs.writeText (baseNameOf file) (
          lib.replaceStrings (map (name: "@${name}@") (lib.attrNames variables)) (map toString (
            lib.attrValues variables
          )) (builtins.readFile file)
        );
      writeTextFile =
        {
          name,
          text,
          destination ? "",
          ...
        }:
        pkgs.runCommand name {
          inherit text;
          passAsFile = [ "text" ];
        } ''mkdir -p "$(dirname "$out${destination}")"; cp $textPath "$out${destination}"'';
      writeScript = pkgs.writeShellScript;
      writeShellApplication = { name, ... }: tools // { inherit name; };
      extend = overlay: pkgs' // overlay pkgs' pkgs';
      # `json5 --as-json FILE`, for files without comments.
      python3Packages = {
        json5 =
          pkgs.runCommand "json5" { } ''
            mkdir -p $out/bin
            printf '#!/bin/bash\ncat "$2"\n' > $out/bin/json5
            chmod +x $out/bin/json5
          ''
          // {
            meta.mainProgram = "json5";
          };
        toPythonApplication = package: package;
      };
    };

  base = {
    home = {
      enableNixpkgsReleaseCheck = false;
      homeDirectory = "@HOME@";
      stateVersion = "26.05";
      username = "ada";
    };
    manual = {
      html.enable = false;
      json.enable = false;
      manpages.enable = false;
    };
    news.display = "silent";
    programs.man.enable = false;
  };
in
rec {
  inherit (lib'.hm) dag;

  lib.homeManagerConfiguration = { modules, ... }: evaluate modules;

  evaluate =
    modules:
    lib'.evalModules {
      class = "homeManager";
      specialArgs.modulesPath = toString (home-manager + "/modules");
      modules = [
        base
      ]
      ++ modules
      ++ import (home-manager + "/modules/modules.nix") {
        check = true;
        lib = lib';
        pkgs = pkgs';
        useNixpkgsModule = false;
      };
    };

  failed =
    home: map (one: one.message) (builtins.filter (one: !one.assertion) home.config.assertions);

  generation = home: home.config.home.activationPackage;
}
