# The options for the fields of a declaration, made from `mcpgen schema` (schema.json): a field of mcpgen is an
# option of the module. The names are those of mcp.toml (kebab-case), so docs/reference/declaration.md and mcpgen's errors
# apply to the options too.
{
  lib,
  pkgs,
  cfg,
  table,
}:
let
  inherit (lib)
    concatStringsSep
    literalExpression
    mapAttrs
    mkOption
    types
    ;

  schema = lib.importJSON ./schema.json;
  examples = import ./examples.nix { inherit literalExpression; };
  toml = (pkgs.formats.toml { }).type;

  # Only `mcpgen check` knows the user's own clients.
  client = if cfg.templates == null then types.enum (lib.attrNames table.clients) else types.str;

  # A package means its main program. `types.package` also accepts a string that is a store path, which
  # is the program itself.
  program = types.coercedTo (types.addCheck types.package lib.isDerivation) lib.getExe types.str // {
    description = "string or package with a main program";
  };

  # An integer or a boolean stands for its JSON text.
  scalar =
    types.coercedTo (types.oneOf [
      types.bool
      types.int
      types.float
    ]) builtins.toJSON types.str
    // {
      description = "string, number or boolean";
    };

  # home-manager's own spelling of a secret in a file. `str`, never `path`: a path literal would be copied
  # into the world-readable store.
  secretFile = types.submodule {
    options.file = mkOption {
      type = types.str;
      example = "/run/secrets/jira";
      description = "Path of a file with the secret; the same as `secrets.NAME = \"file:PATH\"`.";
    };
  };
  value = withFields scalar secretFile;

  # A type of two, whose second has fields: they are documented too.
  withFields = first: second: types.either first second // { inherit (second) getSubOptions; };

  special = {
    "clients.*" = client;
    "launch.env.<name>" = scalar;
    "launch.mcpgen" = program;
    "servers.<name>.args.*" = scalar;
    "idp.<name>.authorize-params.<name>" = scalar;
    "servers.<name>.auth.authorize-params.<name>" = scalar;
    "servers.<name>.clients.*" = client;
    "servers.<name>.command" = program;
    "servers.<name>.env.<name>" = value;
    "servers.<name>.headers.<name>" = value;
  };

  # The options that are not null if they are not set.
  defaults = {
    "clients" = [ ];
    "launch" = { };
    "servers.<name>.args" = [ ];
    "servers.<name>.plain" = [ ];
    "servers.<name>.replaces" = [ ];
  };

  # `"oauth"` is `{ mode = "oauth"; }`, so several modules can set fields of one table.
  fromMode = mode: { inherit mode; };

  typeAt =
    path: node:
    # A client is one of the known ones, or one of the user's own.
    if node ? anyOf && !(special ? ${path} && (lib.last node.anyOf).type == "string") then
      eitherAt path (lib.head node.anyOf) (lib.last node.anyOf)
    else
      special.${path} or (plainAt path node);

  plainAt =
    path: node:
    if node ? enum then
      types.enum node.enum
    else if node ? properties then
      tableAt path node
    else if node.type == "array" then
      types.listOf (typeAt "${path}.*" node.items)
    else if node ? additionalProperties then
      types.attrsOf (typeAt "${path}.<name>" node.additionalProperties)
    else
      {
        boolean = types.bool;
        integer = types.ints.between (node.minimum or null) (node.maximum or null);
        object = types.attrsOf toml;
        string = types.str;
      }
      .${node.type};

  eitherAt =
    path: first: second:
    if second ? properties && first ? enum then
      types.coercedTo (types.enum first.enum) fromMode (tableAt path second)
    else if second ? properties then
      withFields (typeAt path first) (tableAt path second)
    else
      types.either (typeAt path first) (typeAt path second);

  # Fields that this module does not know reach mcpgen, which reports the ones that do not exist.
  tableAt =
    path: node:
    types.submodule {
      freeformType = toml;
      options = optionsAt path node;
    };

  optionsAt =
    prefix: node:
    mapAttrs (
      name: inner:
      optionAt (concatStringsSep "." (
        lib.filter (part: part != "") [
          prefix
          name
        ]
      )) inner
    ) node.properties;

  optionAt =
    path: node:
    let
      type = typeAt path node;
      isMap = node ? additionalProperties && !(node ? properties);
      default = if isMap then { } else defaults.${path} or null;
    in
    mkOption (
      {
        type = if default == null then types.nullOr type else type;
        example = examples.${path};
        inherit default;
        inherit (node) description;
      }
      // lib.optionalAttrs (path == "launch.mcpgen") {
        default = cfg.package;
        defaultText = literalExpression "config.programs.mcpgen.package";
      }
    );
in
optionsAt "" schema
