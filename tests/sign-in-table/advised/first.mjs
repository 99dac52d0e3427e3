// Messages about sign-ins that do not exist yet. ../advice.mjs explains the members.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../lib/ports.mjs";
import { follow } from "../advice.mjs";
import { ignore } from "../person.mjs";
import { json, leadBack, oauthError, without } from "../responses.mjs";
import { lanAddress } from "../situations/settings.mjs";
import { loginArgs } from "../ways.mjs";

const login =
  (name = "peer") =>
  () =>
    loginArgs(name);
const loginUrl = (trial) => loginArgs(trial.url);

const issuer = "https://cf.mcp.example.com";
const otherIssuer = { metadata: (_, usual) => ({ ...usual(), issuer }) };

/** Rejects the resource, on the page or at the token endpoint. */
const withoutResource = (onPage) => ({
  authorize: (_, usual, { query }) =>
    onPage && query.has("resource") ? oauthError(400, "invalid_target") : usual(),
  token: (_, usual, { form }) =>
    form.has("resource") ? oauthError(400, "invalid_request", "AADSTS9010010") : usual(),
});

const document = "https://client.example/oauth.json";
const documentsOnly = {
  metadata: (_, usual) => ({
    ...without(usual(), "registration_endpoint"),
    client_id_metadata_document_supported: true,
  }),
};

const openServer = {
  accepts: () => true,
  resourceMetadata: () => json(404, {}),
  serverMetadata: () => json(404, {}),
};

/** Responds with 429 for two seconds. */
function busyAtFirst(server, usual) {
  server.busyUntil ??= Date.now() + 2000;
  const headers = { "retry-after": "2" };
  return Date.now() < server.busyUntil ? json(429, { error: "rate_limited" }, headers) : usual();
}

export const firstSignIns = [
  {
    name: "`login`: the metadata names another issuer (declaration)",
    server: otherIssuer,
    asks: login(),
    says: /declare `auth = \{ (mode = "oauth", issuer = "[^"]+") \}`/,
    follow: follow.auth,
  },
  {
    name: "`login`: the metadata names another issuer (URL)",
    server: otherIssuer,
    asks: loginUrl,
    says: /pass `(--issuer [^`]+)`/,
    follow: follow.option,
  },
  {
    name: "`login`: the declared issuer is another one",
    server: otherIssuer,
    auth: () => 'mode = "oauth", issuer = "https://wrong.example.com"',
    asks: login(),
    says: /change the declared issuer to it: `(issuer = "[^"]+")`/,
    follow: follow.field,
  },
  {
    name: "`refresh`: no sign-in",
    asks: () => ["refresh", "peer"],
    says: /`(mcpgen login peer)`/,
    follow: follow.command,
  },
  {
    name: "`token`: no sign-in",
    asks: () => ["token", "peer"],
    says: /`(mcpgen login peer)`/,
    follow: follow.command,
  },
  {
    name: "`status`: no sign-in",
    asks: () => ["status"],
    onTerminal: true,
    says: /`(mcpgen login peer)`/,
    follow: follow.command,
  },
  {
    name: "`login`: the token endpoint rejects the resource (declaration)",
    server: withoutResource(false),
    asks: login(),
    says: /or `(resource = false)`/,
    follow: follow.field,
  },
  {
    name: "`login`: the token endpoint rejects the resource (URL)",
    server: withoutResource(false),
    asks: loginUrl,
    says: /or `(--disable-resource-parameter)`/,
    follow: follow.option,
  },
  {
    name: "`login`: the page rejects the resource (declaration)",
    server: withoutResource(true),
    asks: login(),
    says: /`(resource = false)`/,
    follow: follow.field,
  },
  {
    name: "`login`: the page rejects the resource (URL)",
    server: withoutResource(true),
    asks: loginUrl,
    says: /`(--disable-resource-parameter)`/,
    follow: follow.option,
  },
  {
    name: "`login`: the server rejects the scope",
    server: {
      authorize: (_, usual, { query }) =>
        query.get("scope") === "read" ? usual() : leadBack(query, "invalid_scope"),
      resource: (_, usual) => ({ ...usual(), scopes_supported: ["everything"] }),
    },
    asks: login(),
    says: /`(scope)` under `auth`/,
    follow: (trial, [field]) => follow.field(trial, [`${field} = "read"`]),
  },
  {
    name: "`login`: the server accepts only client metadata documents (declaration)",
    server: documentsOnly,
    asks: login(),
    says: /declare its URL as `(client-metadata-url)`/,
    follow: (trial, [field]) => follow.field(trial, [`${field} = "${document}"`]),
  },
  {
    name: "`login`: the server accepts only client metadata documents (URL)",
    server: documentsOnly,
    asks: loginUrl,
    says: /pass `(--client-metadata-url)`/,
    follow: (trial, [option]) => follow.option(trial, [`${option} ${document}`]),
  },
  {
    name: "`login`: no client can register (declaration)",
    server: { metadata: (_, usual) => without(usual(), "registration_endpoint") },
    asks: login(),
    says: /declare the id of that client as `(client-id)`/,
    follow: (trial, [field]) => follow.field(trial, [`${field} = "app"`]),
  },
  {
    name: "`login`: no client can register (URL)",
    server: { metadata: (_, usual) => without(usual(), "registration_endpoint") },
    asks: loginUrl,
    says: /pass `(--client-id)`/,
    async follow(trial, [option]) {
      await follow.option(trial, [`${option} app`]);
      const info = JSON.stringify({ client_id: "app" });
      trial.launch = ["bridge", trial.url, "--static-oauth-client-info", info];
    },
  },
  {
    name: "`login`: the server requires no sign-in",
    server: openServer,
    asks: login(),
    says: /remove `(auth)` from the declaration/,
    follow: async (trial) => trial.declare({ auth: "" }),
    pages: 0,
  },
  {
    name: "`login`: another program is on the declared callback port",
    auth: ({ port }) => `mode = "oauth", client-id = "app", port = ${port}`,
    async prepare(trial) {
      trial.port = await freePort();
      const server = createServer((_, response) => response.writeHead(404).end());
      await new Promise((done) => server.listen(trial.port, "127.0.0.1", done));
      trial.owns({ stop: () => server.close() });
    },
    asks: login(),
    says: /`(--no-browser)`/,
    follow: follow.paste,
    pages: 0,
  },
  {
    name: "`login`: nobody opens the page on this machine",
    before: ({ person }) => {
      person.act = ignore;
    },
    asks: login(),
    says: /with `(--no-browser)` if your browser is on another machine/,
    follow: follow.paste,
    pages: 0,
  },
  {
    name: "`login`: a host in the local network, without a certificate",
    host: lanAddress,
    asks: login(),
    says: /`(allow-http = true)`/,
    follow: follow.serverField,
  },
  {
    name: "`login URL`: a host in the local network, without a certificate",
    host: lanAddress,
    declared: "allow-http = true",
    asks: loginUrl,
    says: /`?(--allow-http)`?/,
    follow: follow.option,
  },
  {
    name: "`login`: the declared secret is wrong",
    auth: () => 'mode = "oauth", client-id = "app", client-secret = "env:WRONG"',
    env: { WRONG: "wrong", RIGHT: "right" },
    server: {
      metadata: (_, usual) => ({
        ...usual(),
        token_endpoint_auth_methods_supported: ["client_secret_basic"],
      }),
      exchangeCode: (_, usual, { client }) =>
        client.secret === "right" ? usual() : oauthError(401, "invalid_client"),
    },
    asks: login(),
    says: /check `(client-id)` and `(client-secret)` or `private-key` in the declaration/,
    follow: (trial, [id, secret]) =>
      follow.field(trial, [`${id} = "app", ${secret} = "env:RIGHT"`]),
  },
  {
    name: "`login`: the registration endpoint is busy",
    server: { register: busyAtFirst },
    asks: login(),
    says: /try again in (\d+) s/,
    async follow(trial, [seconds]) {
      await sleep(Number(seconds) * 1000);
      await follow.command(trial, ["mcpgen login peer"]);
    },
  },
  {
    name: "a bridge: the metadata names another issuer",
    server: otherIssuer,
    says: /`(--issuer [^`]+)`/,
    follow: follow.bridgeOption,
  },
  {
    name: "a bridge: the page rejects the resource",
    server: withoutResource(true),
    says: /`(--disable-resource-parameter)`/,
    follow: follow.bridgeOption,
  },
];
