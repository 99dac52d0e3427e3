// Real authorization servers.
import { betterAuth, fastmcp, forSignIns } from "../../lib/pinned.mjs";
import { restartBetterAuth, startBetterAuth } from "../better-auth.mjs";
import { connect, expire, refuse } from "../goals.mjs";
import { RealServer } from "../real-server.mjs";

export const real = {
  kind: "Real servers",
  packages: [fastmcp, betterAuth, ...forSignIns.slice(0, 2)],
  situations: [
    {
      name: "fastmcp is restarted, and has forgotten the client",
      goal: refuse,
      serve: RealServer.fastmcp,
      change: (server) => server.restart(),
    },
    { name: "fastmcp: first sign-in", goal: connect, serve: RealServer.fastmcp },
    { name: "fastmcp: the access token expires", goal: expire, serve: RealServer.fastmcp },
    { name: "better-auth: first sign-in", goal: connect, serve: startBetterAuth },
    { name: "better-auth: the access token expires", goal: expire, serve: startBetterAuth },
    {
      name: "better-auth is restarted, and has forgotten the client",
      goal: refuse,
      serve: startBetterAuth,
      change: restartBetterAuth,
    },
    { name: "oidc-provider: first sign-in", goal: connect, serve: RealServer.oidc },
    { name: "oidc-provider: the access token expires", goal: expire, serve: RealServer.oidc },
    {
      name: "oidc-provider refuses a token that has not expired",
      goal: refuse,
      serve: RealServer.oidc,
      change: (server) => server.change("/refuse"),
    },
    {
      name: "oidc-provider has ended the sign-in",
      goal: refuse,
      serve: RealServer.oidc,
      change: (server) => server.change("/forget"),
    },
  ],
};
