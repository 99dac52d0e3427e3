# The flake's checks. `home.sh` has the words they are told in.
{ pkgs, self }:
let
  inherit (pkgs) lib;
  inherit (pkgs.stdenv.hostPlatform) system;
  # real.sh puts the real home-manager here.
  isReal = builtins.pathExists ./real;
  shim = import (if isReal then ./real.nix else ./shim.nix) { inherit lib pkgs; };
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
      ${lib.optionalString isReal "source ${./real-home.sh}"}
      ${script}
      touch $out
    '';

  same =
    name: expected: actual:
    lib.assertMsg (
      expected == actual
    ) "${name}: expected ${builtins.toJSON expected}, got ${builtins.toJSON actual}";
  # The activation of generations, run against a file that the client wrote itself.
  activate =
    generations: names: script:
    run ''
      ${lib.concatMapStrings (
        name: "install_generation ${name} ${shim.generation generations.${name}}\n"
      ) names}
      echo '{"numStartups":7,"mcpServers":{"mine":{"command":"keep"}}}' > $HOME/.claude.json
      cp -p $HOME/.claude.json before.json
      unchanged() { cmp -s before.json $HOME/.claude.json || fail "it changed: $(claude .)"; }
      ${script}
    '';

  arguments = {
    inherit
      activate
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
  if isReal then
    removeAttrs (import ./activation.nix arguments) [ "no-program-of-the-machine-is-needed" ]
    // import ./generations.nix arguments
    // import ./neighbours.nix arguments
  else
    {
      package =
        assert same "platforms" [ ] (lib.subtractLists mcpgen.meta.platforms (lib.attrNames self.packages));
        run ''
          test -s ${mcpgen.tests.every-field}/.codex/config.toml || fail 'the test of the package renders nothing'
          expect "mcpgen ${lib.getVersion mcpgen}" "$(${lib.getExe mcpgen} --version)"
          for file in man/man1/mcpgen{,-apply}.1 man/man5/mcp.toml.5 bash-completion/completions/mcpgen.bash \
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
    // import ./generations.nix arguments
    // import ./project.nix arguments
    // import ./system.nix arguments
)
