# A `pkgs` whose builders are this machine's bash and tools (sandbox = false): for the checks only.
# prebuilt/mcpgen stands for what buildRustPackage would build.
{ lib, system }:
let
  hostPlatform = lib.systems.elaborate system;

  dropped = [
    "meta"
    "passthru"
  ];

  # As in stdenv, attributes land in the environment. Without the last line bash would exec its last
  # command, and Nix takes the pipe that coreutils close early for the builder's end.
  build =
    name: attrs: script:
    derivation (
      removeAttrs attrs dropped
      // {
        inherit name system;
        builder = "/bin/bash";
        args = [
          "-c"
          "source ${./setup.sh}\n${script}\nexit 0"
        ];
      }
    )
    // attrs.passthru or { }
    // {
      meta = attrs.meta or { };
      fails = build "${name}-fails" attrs ''
        set +e
        (set -e; out=built; ${script}
        ) >log 2>&1
        status=$?
        set -e
        if [ $status = 0 ]; then echo '${name} was built' >&2; exit 1; fi
        mkdir $out
        cp log $out/testBuildFailure.log
      '';
    };

  pkgs = rec {
    inherit lib system;
    callPackage = lib.callPackageWith pkgs;

    stdenv = {
      inherit hostPlatform;
      buildPlatform = hostPlatform;
    };

    runCommand =
      name: attrs: script:
      build name attrs script // { buildCommand = script; };
    runCommandLocal = runCommand;
    writeText =
      name: text:
      build name {
        inherit text;
        passAsFile = [ "text" ];
      } "cp $textPath $out";
    writeShellScript =
      name: text:
      build name {
        text = "#!/bin/bash\n${text}\n";
        passAsFile = [ "text" ];
      } "install -m755 $textPath $out";
    testers.testBuildFailure = package: package.fails;

    formats.toml = _: {
      # Its name and what it takes are as in nixpkgs' pkgs-lib/formats.
      type =
        let
          value =
            lib.types.oneOf [
              lib.types.bool
              lib.types.int
              lib.types.float
              lib.types.str
              lib.types.path
              (lib.types.attrsOf value)
              (lib.types.listOf value)
            ]
            // {
              description = "TOML value";
            };
        in
        value;
      generate =
        name: value:
        build name {
          value = builtins.toJSON value;
          passAsFile = [ "value" ];
        } "python3 ${./json2toml.py} $valuePath > $out";
    };

    rustPlatform.buildRustPackage =
      final:
      let
        package = final { finalPackage = built; };
        built =
          build "${package.pname}-${package.version}"
            {
              inherit (package) meta version;
              nativeBuildInputs =
                package.nativeBuildInputs ++ lib.optionals package.doInstallCheck package.nativeInstallCheckInputs;
              passthru = package.passthru // {
                inherit (package) src;
              };
            }
            ''
              install -Dm755 ${./prebuilt/mcpgen} $out/bin/mcpgen
              ${package.postInstall}
              for check in "''${preInstallCheckHooks[@]}"; do $check; done
            '';
      in
      built;

    versionCheckHook = build "version-check-hook" { } ''
      mkdir -p $out/nix-support
      cp ${./version-check.sh} $out/nix-support/setup-hook
    '';
    nix-update-script = _: [ "nix-update" ];

    installShellFiles = build "install-shell-files" { } ''
      mkdir -p $out/nix-support
      cp ${./install-shell-files.sh} $out/nix-support/setup-hook
    '';

    mkShell =
      {
        inputsFrom ? [ ],
        shellHook ? "",
        ...
      }:
      build "shell" {
        shellHook = lib.concatMapStrings (shell: "${shell.shellHook or ""}\n") inputsFrom + shellHook;
      } "touch $out";
    tool = build "tool" { } "touch $out";
    bash = tool;
    clippy = tool;
    coreutils = tool;
    dbus = tool;
    findutils = tool;
    gnugrep = tool;
    gnused = tool;
    deadnix = tool;
    jq = tool;
    just = tool;
    nixfmt = tool;
    nixfmt-tree = tool // {
      meta.mainProgram = "treefmt";
    };
    nodejs = tool;
    pkg-config = tool;
    python3 = tool;
    rustfmt = tool;
    util-linux = tool;
  };
in
pkgs
