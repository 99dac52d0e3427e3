# The declaration that the options make: an attribute set for TOML.
{ lib, table }:
let
  inherit (lib)
    elem
    filterAttrs
    isAttrs
    isString
    mapAttrs
    ;
  inherit (import ./secrets.nix { inherit lib table; }) resolvable;

  schema = lib.importJSON ./schema.json;

  # TOML has no null, so a field that is not set is left out. An empty value is kept if it differs from the
  # default: `clients = [ ]` means no client, and no `clients` means all of them.
  isSaid =
    name: value:
    value != null
    && (
      value != [ ] && value != { }
      || elem name [
        "allow"
        "auth"
        "bridge"
        "clients"
        "deny"
        "hosts"
        "os"
        "sets"
      ]
    );

  isReference =
    name:
    elem name [
      "assertion"
      "client-secret"
      "id-token"
      "private-key"
      "secret"
      "token"
    ];

  # A client's own fields have no schema, and stay as they are.
  say =
    node: value:
    if value == null then
      null
    else if node ? anyOf && isAttrs value then
      say (lib.last node.anyOf) value
    else if node ? properties then
      filterAttrs isSaid (mapAttrs (field node.properties) value)
    else if node.additionalProperties.properties or null != null then
      mapAttrs (_: say node.additionalProperties) value
    else if node ? items.anyOf && lib.isList value then
      map (say node.items) value
    else
      value;
  field =
    properties: name: value:
    if isString value && isReference name then
      resolvable value
    else if name == "secrets" then
      mapAttrs (_: resolvable) value
    else
      say (properties.${name} or { }) value;
in
cfg: say schema (cfg.settings // builtins.intersectAttrs schema.properties cfg)
