# The options of `programs.mcpgen`, and of `mcpgen` in a project. fields.nix has those of the declaration's fields.
{
  lib,
  pkgs,
  cfg,
  table,
}:
let
  inherit (lib)
    literalExpression
    mkEnableOption
    mkOption
    types
    ;

  fields = import ./fields.nix {
    inherit
      lib
      pkgs
      cfg
      table
      ;
  };
in
fields
// {
  enable = mkEnableOption "mcpgen, one declaration of MCP servers for every AI client";

  package = mkOption {
    type = types.package;
    default = pkgs.mcpgen or (pkgs.callPackage ./package.nix { });
    defaultText = literalExpression "pkgs.mcpgen";
    example = literalExpression "inputs.mcpgen.packages.\${pkgs.stdenv.hostPlatform.system}.mcpgen";
    description = "The mcpgen package that writes the clients' files and that clients run.";
  };

  servers = fields.servers // {
    apply = import ./secret-files.nix { inherit lib; };
  };

  settings = mkOption {
    type = (pkgs.formats.toml { }).type;
    default = { };
    example = {
      a-field-of-a-newer-mcpgen = true;
    };
    description = "Other top-level fields of {file}`mcp.toml`.";
  };

  templates = mkOption {
    type = types.nullOr types.path;
    default = null;
    example = literalExpression "./templates";
    description = "Directory with your own clients: {file}`clients.toml` and templates.";
  };

  declaration = mkOption {
    type = types.nullOr (types.either types.path types.str);
    default = null;
    example = literalExpression ''"''${config.home.homeDirectory}/dotfiles/mcp.toml"'';
    description = ''
      A {file}`mcp.toml` to use instead of {option}`clients`, {option}`homes`, {option}`idp`, {option}`include`,
      {option}`machine`, {option}`servers`, {option}`launch` and {option}`settings`. A path is copied to the store; a string with a path outside the store is read
      when the configuration is activated.
    '';
  };

  adopt = mkOption {
    type = types.either (types.enum [ "all" ]) (types.listOf types.str);
    default = [ ];
    example = [ "atlassian" ];
    description = ''
      Servers whose existing entries mcpgen may replace, even if mcpgen did not write these entries;
      or `"all"`. If an entry has the name of a declared server that is not listed here, and mcpgen did
      not write this entry, nothing is written.
    '';
  };

  enableMcpIntegration = mkEnableOption ''
    the servers in {option}`programs.mcp.servers`; {option}`programs.mcpgen.servers` overrides their
    fields'';

  excludeMcpServers = mkOption {
    type = types.listOf types.str;
    default = [ ];
    example = [ "github" ];
    description = "Servers in {option}`programs.mcp.servers` that mcpgen leaves out.";
  };

  refresh = {
    enable = mkEnableOption "a timer that refreshes sign-ins before they expire";

    interval = mkOption {
      type = types.ints.positive;
      default = 15;
      example = 60;
      description = "Minutes between two runs of the timer.";
    };
  };

  finalDeclaration = mkOption {
    type = types.either types.path types.str;
    readOnly = true;
    description = "The declaration that is applied.";
  };
}
