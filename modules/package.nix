# The package, as nixpkgs has it: the system's libdbus, and all tests that a build sandbox allows.
{
  lib,
  stdenv,
  rustPlatform,
  bash,
  coreutils,
  dbus,
  findutils,
  gnugrep,
  gnused,
  installShellFiles,
  nix-update-script,
  pkg-config,
  runCommand,
  util-linux,
  versionCheckHook,
}:
let
  cargo = (fromTOML (builtins.readFile ../Cargo.toml)).package;

  # The programs that the tests start. A sandbox on Linux has no /usr/bin.
  programs = [
    bash
    coreutils
    findutils
    gnugrep
    gnused
    util-linux
  ];
in
rustPlatform.buildRustPackage (finalAttrs: {
  pname = cargo.name;
  inherit (cargo) version;

  # Everything: the tests read the documentation, the module and the examples too.
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.difference ../. (
      lib.fileset.unions (
        map lib.fileset.maybeMissing [
          ../.direnv
          ../.git
          ../result
          ../target
        ]
      )
    );
  };

  cargoLock.lockFile = ../Cargo.lock;
  strictDeps = true;
  # Cargo.toml has one default feature, `vendored`: a libdbus of its own.
  buildNoDefaultFeatures = true;
  nativeBuildInputs = [
    installShellFiles
  ]
  ++ lib.optionals stdenv.hostPlatform.isLinux [ pkg-config ];
  buildInputs = lib.optionals stdenv.hostPlatform.isLinux [ dbus ];

  postPatch = lib.optionalString stdenv.hostPlatform.isLinux ''
    find tests -name '*.rs' -exec sed -i \
      -e 's|/usr/bin:/bin|${lib.makeBinPath programs}|g' \
      -e 's|"/bin/sleep|"${coreutils}/bin/sleep|g' {} +
  '';
  nativeCheckInputs = lib.optionals stdenv.hostPlatform.isLinux programs;
  # Tests start servers on the loopback interface.
  __darwinAllowLocalNetworking = true;
  checkFlags = map (name: "--skip=${name}") [
    # Expects programs in /usr/bin.
    "commands::programs_are_written_by_their_absolute_path_if_declared"
  ];

  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    $out/bin/mcpgen man man
    installManPage man/*
    installShellCompletion --cmd mcpgen \
      --bash <($out/bin/mcpgen completions bash) \
      --fish <($out/bin/mcpgen completions fish) \
      --zsh <($out/bin/mcpgen completions zsh)
  '';

  nativeInstallCheckInputs = [ versionCheckHook ];
  doInstallCheck = true;

  passthru = {
    updateScript = nix-update-script { };
    tests.every-field =
      runCommand "mcpgen-every-field" { nativeBuildInputs = [ finalAttrs.finalPackage ]; }
        ''
          mcpgen check --file ${../examples/every-field.toml}
          mcpgen render --file ${../examples/every-field.toml} --home /home/ada --out $out
        '';
  };

  meta = {
    inherit (cargo) description;
    license = lib.licenses.mit;
    mainProgram = "mcpgen";
    platforms = lib.platforms.linux ++ lib.platforms.darwin;
  };
})
