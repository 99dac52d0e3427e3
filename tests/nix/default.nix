# The flake's checks. `home.sh` has the words they are told in.
{ pkgs, self }:
let
  inherit (pkgs) lib;
  inherit (pkgs.stdenv.hostPlatform) system;
  shim = import ./shim.nix { inherit lib pkgs; };
  mcpgen = self.packages.${system}.default;

  evaluate =
    options:
    shim.evaluate [
      self.homeModules.default
      { programs.mcpgen = options; }
    ];

  # A check is named as what it says, by its attribute.
  run =
    script: name:
    pkgs.runCommand name { nativeBuildInputs = [ pkgs.jq ]; } ''
      source ${./home.sh}
      ${script}
      touch $out
    '';

  same =
    name: expected: actual:
    lib.assertMsg (
      expected == actual
    ) "${name}: expected ${builtins.toJSON expected}, got ${builtins.toJSON actual}";

  arguments = {
    inherit
      evaluate
      lib
      mcpgen
      pkgs
      run
      same
      self
      shim
      ;
  };
in
lib.mapAttrs (name: check: check name) (
  {
    package =
      assert same "platforms" [ ] (lib.subtractLists mcpgen.meta.platforms (lib.attrNames self.packages));
      run ''
        test -s ${mcpgen.tests.every-field}/.codex/config.toml || fail 'the test of the package renders nothing'
        expect "mcpgen ${lib.getVersion mcpgen}" "$(${lib.getExe mcpgen} --version)"
        for file in man/man1/mcpgen{,-apply}.1 bash-completion/completions/mcpgen.bash \
          fish/vendor_completions.d/mcpgen.fish zsh/site-functions/_mcpgen; do
          test -s ${mcpgen}/share/$file || fail "the package has no $file"
        done
      '';
    app = run ''
      expect ${lib.getExe mcpgen} ${self.apps.${system}.default.program}
    '';
    overlay =
      assert (self.overlays.default pkgs pkgs).mcpgen.drvPath == mcpgen.drvPath;
      run "";
  }
  // import ./options.nix arguments
  // import ./fields.nix arguments
  // import ./evaluation.nix arguments
  // import ./activation.nix arguments
  // import ./project.nix arguments
  // import ./system.nix arguments
)
