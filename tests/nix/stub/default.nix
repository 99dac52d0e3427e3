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
      package:
      build "${package.pname}-${package.version}" {
        inherit (package) meta nativeBuildInputs;
        passthru = { inherit (package) src; };
      } "install -Dm755 ${./prebuilt/mcpgen} $out/bin/mcpgen\n${package.postInstall}";

    installShellFiles = build "install-shell-files" { } ''
      mkdir -p $out/nix-support
      cp ${./install-shell-files.sh} $out/nix-support/setup-hook
    '';

    mkShell = _: build "shell" { } "touch $out";
    clippy = mkShell { };
    deadnix = mkShell { };
    jq = mkShell { };
    just = mkShell { };
    nixfmt = mkShell { };
    nixfmt-tree = mkShell { } // {
      meta.mainProgram = "treefmt";
    };
    nodejs = mkShell { };
    python3 = mkShell { };
    rustfmt = mkShell { };
  };
in
pkgs
