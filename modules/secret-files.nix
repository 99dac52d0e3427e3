# `env.NAME.file = PATH`, home-manager's own spelling of a secret in a file, is `secrets.NAME = "file:PATH"`.
{ lib }:
let
  inherit (lib) filterAttrs isAttrs mapAttrs;

  move =
    name: server:
    let
      moved = mapAttrs (_: value: "file:${value.file}") (
        filterAttrs (_: isAttrs) (server.headers // server.env)
      );
      twice = lib.attrNames (
        filterAttrs (key: reference: moved ? ${key} && moved.${key} != reference) server.secrets
      );
      literal = filterAttrs (_: value: !isAttrs value);
    in
    lib.throwIf (twice != [ ])
      "servers.${name} has two secrets for ${toString twice}: one in `secrets`, and one with `file` in `env` or `headers`"
      (
        server
        // {
          env = literal server.env;
          headers = literal server.headers;
          secrets = server.secrets // moved;
        }
      );
in
mapAttrs move
