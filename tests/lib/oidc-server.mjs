// A real server in two parts: oidc-provider, certified and strict, as the authorization server
// (dynamic registration, PKCE, exact resource and redirect, `iss`, device grant, rotation without
// grace: a refresh token used twice ends the sign-in), and an MCP server of the official SDK that
// accepts its tokens.
//
//   oidc-server.mjs PACKAGES SECONDS [always] [without-expiry] [get-405]
//
// PACKAGES is the directory that has both. The first access token of a sign-in lives for SECONDS,
// every other for an hour, or with `always` as long as the first. With `without-expiry`, no
// response has `expires_in`. A GET without a token gets 401, or with `get-405` what every other GET
// gets. Prints the MCP server's URL once it listens; GET `/counts` returns the requests so far.
// POST `/refuse` revokes all access tokens, `/forget` the sign-ins themselves, and `/want-more`
// makes the tool require a scope that the metadata does not name.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const [packages, seconds, ...options] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { default: Provider } = await load("oidc-provider");
const { Server } = await load("@modelcontextprotocol/sdk/server/index.js");
const { StreamableHTTPServerTransport } = await load(
  "@modelcontextprotocol/sdk/server/streamableHttp.js",
);
const { CallToolRequestSchema, ListToolsRequestSchema } = await load(
  "@modelcontextprotocol/sdk/types.js",
);

const counts = {};
const count = (what) => {
  counts[what] = (counts[what] ?? 0) + 1;
};

/** A server on a free port; its handler is added once the URL is known. */
async function listen() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { server, origin: `http://localhost:${server.address().port}` };
}

const { server: authorization, origin: issuer } = await listen();
const { server: resource, origin } = await listen();
const url = `${origin}/mcp`;
const metadata = "/.well-known/oauth-protected-resource/mcp";

// ---- the authorization server ----

const lasting = (ctx) =>
  !options.includes("always") && ctx.oidc.params.grant_type === "refresh_token";
const lifetime = (ctx) => (lasting(ctx) ? 3600 : Number(seconds));

/** A client of the client credentials grant. */
const machine = {
  client_id: "machine",
  client_secret: "the secret of a machine",
  token_endpoint_auth_method: "client_secret_basic",
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
};

const provider = new Provider(issuer, {
  scopes: ["openid", "offline_access", "mcp:tools", "mcp:more"],
  clients: [machine],
  features: {
    clientCredentials: { enabled: true },
    registration: { enabled: true },
    deviceFlow: { enabled: true },
    revocation: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, asked) => {
        if (asked !== url) throw new Error(`${asked} is not ${url}`);
        const token = { accessTokenTTL: lifetime(ctx), accessTokenFormat: "opaque" };
        return { scope: "mcp:tools mcp:more", audience: url, ...token };
      },
    },
  },
  pkce: { required: () => true },
  rotateRefreshToken: () => true,
  issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  clientDefaults: {
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
  },
  ttl: {
    RefreshToken: 86400,
    Grant: 86400,
    Session: 86400,
    Interaction: 3600,
    AuthorizationCode: 60,
  },
  cookies: { keys: ["a key of the laboratory"] },
});

/** The sign-in of each access token. */
const issued = new Map();
for (const kind of ["access_token", "client_credentials"]) {
  provider.on(`${kind}.saved`, ({ jti, grantId }) => issued.set(jti, grantId));
}

provider.use(async (ctx, next) => {
  await next();
  if (options.includes("without-expiry") && ctx.path === "/token") delete ctx.body.expires_in;
  const refused = ctx.status < 400 ? "" : " refused";
  if (ctx.path === "/auth") count(`authorize${refused}`);
  if (ctx.path === "/reg") count(`register${refused}`);
  const by = ctx.get("user-agent").startsWith("mcpgen/") ? " by mcpgen" : "";
  if (ctx.path === "/token") count(`${ctx.oidc?.params?.grant_type}${by}${refused}`);
  if (ctx.path === "/token/revocation") count(`revoke${refused}`);
});
authorization.on("request", provider.callback());

// ---- the MCP server ----

const tool = {
  name: "ping",
  description: "answers pong",
  inputSchema: { type: "object", properties: {} },
};

async function answer(request, response, body) {
  const mcp = new Server({ name: "oidc", version: "1.0.0" }, { capabilities: { tools: {} } });
  mcp.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [tool] }));
  mcp.setRequestHandler(CallToolRequestSchema, () => ({
    content: [{ type: "text", text: "pong" }],
  }));
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
    enableJsonResponse: true,
  });
  response.on("close", () => mcp.close());
  await mcp.connect(transport);
  await transport.handleRequest(request, response, body);
}

/** The access token of a request, if it is valid. */
async function validToken(header) {
  const [, text] = /^Bearer (.+)$/i.exec(header ?? "") ?? [];
  const found =
    text &&
    ((await provider.AccessToken.find(text)) ?? (await provider.ClientCredentials.find(text)));
  return found && !found.isExpired && found.aud === url && !refused.has(text) ? found : undefined;
}

const refused = new Set();
let wanted = "mcp:tools";

const changes = {
  "/refuse": () => {
    for (const token of issued.keys()) refused.add(token);
  },
  "/forget": () => Promise.all(Array.from(new Set(issued.values())).filter(Boolean).map(forget)),
  "/want-more": () => {
    wanted = "mcp:more";
  },
};

async function forget(grant) {
  for (const kind of ["AccessToken", "RefreshToken"]) await provider[kind].revokeByGrantId(grant);
  await (await provider.Grant.find(grant))?.destroy();
}

resource.on("request", async (request, response) => {
  const reply = (status, value, headers) =>
    response
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(JSON.stringify(value));
  if (request.url === "/counts") return reply(200, counts);
  if (request.url === metadata) {
    return reply(200, {
      resource: url,
      authorization_servers: [issuer],
      scopes_supported: ["mcp:tools"],
    });
  }
  if (request.method === "POST" && changes[request.url])
    return reply(200, (await changes[request.url]()) ?? {});
  if (request.url !== "/mcp") return reply(404, {});
  if (request.method !== "POST" && options.includes("get-405"))
    return reply(405, {}, { allow: "POST" });
  const challenge = (status, error, more = "") => {
    const text = `Bearer resource_metadata="${origin}${metadata}"${error && `, error="${error}"`}${more}`;
    reply(status, { error }, { "www-authenticate": text });
  };
  const token = await validToken(request.headers.authorization);
  if (!token) return challenge(401, request.headers.authorization ? "invalid_token" : "");
  if (request.method !== "POST") return reply(405, {}, { allow: "POST" });
  const body = await json(request);
  if (body.method === "tools/call" && !token.scopes.has(wanted)) {
    return challenge(403, "insufficient_scope", `, scope="${wanted}"`);
  }
  await answer(request, response, body);
});

console.log(url);
