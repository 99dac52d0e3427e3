{
  lib,
  rustPlatform,
  installShellFiles,
  stdenv,
}:
let
  cargo = (fromTOML (builtins.readFile ../Cargo.toml)).package;
in
rustPlatform.buildRustPackage {
  pname = cargo.name;
  inherit (cargo) version;

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../Cargo.toml
      ../Cargo.lock
      ../src
      ../templates
    ];
  };

  cargoLock.lockFile = ../Cargo.lock;
  strictDeps = true;
  nativeBuildInputs = [ installShellFiles ];

  # The tests run real clients and servers from npm, which a build sandbox cannot fetch.
  doCheck = false;

  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    $out/bin/mcpgen man man
    installManPage man/*
    installShellCompletion --cmd mcpgen \
      --bash <($out/bin/mcpgen completions bash) \
      --fish <($out/bin/mcpgen completions fish) \
      --zsh <($out/bin/mcpgen completions zsh)
  '';

  meta = {
    inherit (cargo) description;
    license = lib.licenses.mit;
    mainProgram = "mcpgen";
    platforms = lib.platforms.unix;
  };
}
