// Messages about sign-ins that exist: an expired, refused, damaged or foreign one. ../advice.mjs
// explains the members.
import { follow } from "../advice.mjs";
import { without } from "../responses.mjs";
import { loginArgs, run } from "../ways.mjs";

const signIn = (trial) => run(trial, trial.home.program, loginArgs("peer"));

/** A sign-in whose token has expired, and whose refresh token is dead. */
async function signInAndEnd(trial) {
  await signIn(trial);
  trial.server.refreshTokens.clear();
  trial.server.expire();
  trial.home.expireInCache();
}

/** A sign-in whose token the server refuses, although it has not expired. */
async function signInAndRefuse(trial) {
  await signIn(trial);
  trial.server.expire();
}

/** The server names another authorization server from now on. */
async function moveTo({ server }) {
  const other = await server.neighbour();
  server.deviate({
    resource: (_, usual) => ({ ...usual(), authorization_servers: [other.origin] }),
    accepts: (_, __, { token }) => other.accessTokens.has(token),
  });
}

export const existingSignIns = [
  {
    name: "`refresh`: the refresh token is dead",
    before: signInAndEnd,
    asks: () => ["refresh", "peer"],
    says: /`(mcpgen login peer)`/,
    follow: follow.command,
  },
  {
    name: "`token`: the refresh token is dead",
    before: signInAndEnd,
    asks: () => ["token", "peer"],
    says: /`(mcpgen login peer)`/,
    follow: follow.command,
  },
  {
    name: "`status --probe`: the server refuses the token",
    before: signInAndRefuse,
    asks: () => ["status", "--probe"],
    onTerminal: true,
    says: /`(mcpgen refresh [^`]*peer[^`]*)`/,
    follow: follow.command,
    pages: 0,
  },
  {
    name: "`refresh --force`: the server refuses the token, and the refresh token is dead",
    async before(trial) {
      await signInAndRefuse(trial);
      trial.server.refreshTokens.clear();
    },
    asks: () => ["refresh", "--force", "peer"],
    says: /`(mcpgen login peer)`/,
    follow: follow.command,
  },
  {
    name: "`token --force`: the server refuses the new token too",
    async before(trial) {
      await signInAndRefuse(trial);
      const refused = new Set();
      trial.server.deviate({
        refresh: (_, usual) => {
          const response = usual();
          refused.add(JSON.parse(response.body).access_token);
          return response;
        },
        accepts: (_, usual, { token }) => !refused.has(token) && usual(),
      });
    },
    asks: () => ["token", "--force", "peer"],
    says: /`(mcpgen login peer)`/,
    follow: follow.command,
  },
  {
    name: "`refresh`: the sign-in has no refresh token",
    server: { tokens: (_, usual) => without(usual(), "refresh_token") },
    async before(trial) {
      await signIn(trial);
      trial.server.expire();
      trial.home.expireInCache();
    },
    asks: () => ["refresh", "peer"],
    says: /`(mcpgen login peer)`/,
    follow: follow.command,
  },
  {
    name: "`refresh`: the sign-in does not name its issuer, and the server names another one",
    async before(trial) {
      await signIn(trial);
      trial.home.tokens = without(trial.home.tokens, "issuer", "mcpgen");
      await moveTo(trial);
      trial.home.expireInCache();
    },
    asks: () => ["refresh", "peer"],
    says: /`(mcpgen login peer)`/,
    follow: follow.command,
  },
  {
    name: "`refresh`: the authorization server has moved, and the client is declared",
    auth: () => 'mode = "oauth", client-id = "app"',
    async before(trial) {
      await signIn(trial);
      await moveTo(trial);
      trial.home.expireInCache();
      trial.home.tokens = without(trial.home.tokens, "mcpgen");
    },
    asks: () => ["refresh", "peer"],
    says: /`(mcpgen logout peer)`, then sign in with `(mcpgen login peer)`/,
    async follow(trial, commands) {
      for (const line of commands) await follow.command(trial, [line]);
    },
  },
  {
    name: "`login`: the authorization server has moved, and the client is declared",
    auth: () => 'mode = "oauth", client-id = "app"',
    async before(trial) {
      await signIn(trial);
      await moveTo(trial);
    },
    asks: () => loginArgs("peer"),
    says: /`(mcpgen logout peer)`/,
    async follow(trial, [logout]) {
      await follow.command(trial, [logout]);
      await follow.command(trial, ["mcpgen login peer"]);
    },
  },
  {
    name: "`token`: a file of the cache is damaged",
    async before(trial) {
      await signIn(trial);
      trial.home.tokens = "damaged";
    },
    asks: () => ["token", "peer"],
    says: /`(mcpgen login peer)`/,
    follow: follow.command,
  },
];
