// A real server in two parts: oidc-provider, certified and strict, as the authorization server (dynamic registration,
// PKCE, exact resource and redirect, `iss`, device grant, rotation without grace: a refresh token used twice ends the
// sign-in), and an MCP server of the official SDK that takes its tokens.
//
//   oidc.mjs PACKAGES SECONDS
//
// PACKAGES is the folder that holds both; the first access token of a sign-in lives for SECONDS, every other for an
// hour. Prints the MCP server's URL once it listens; `/counts` beside it says what was asked so far.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const [packages, seconds] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { default: Provider } = await load("oidc-provider");
const { Server } = await load("@modelcontextprotocol/sdk/server/index.js");
const { StreamableHTTPServerTransport } = await load("@modelcontextprotocol/sdk/server/streamableHttp.js");
const { CallToolRequestSchema, ListToolsRequestSchema } = await load("@modelcontextprotocol/sdk/types.js");

const counts = {};
const count = (what) => (counts[what] = (counts[what] ?? 0) + 1);

/** A server on a free port; what it answers with comes when its address is known. */
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

const lifetime = (ctx) => (ctx.oidc.params.grant_type === "refresh_token" ? 3600 : Number(seconds));

const provider = new Provider(issuer, {
  scopes: ["openid", "offline_access", "mcp:tools"],
  features: {
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
        return { scope: "mcp:tools", audience: url, accessTokenTTL: lifetime(ctx), accessTokenFormat: "opaque" };
      },
    },
  },
  pkce: { required: () => true },
  rotateRefreshToken: () => true,
  issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  clientDefaults: { grant_types: ["authorization_code", "refresh_token"], token_endpoint_auth_method: "none" },
  ttl: { RefreshToken: 86400, Grant: 86400, Session: 86400, Interaction: 3600, AuthorizationCode: 60 },
  cookies: { keys: ["a key of the laboratory"] },
});

provider.use(async (ctx, next) => {
  await next();
  const refused = ctx.status < 400 ? "" : " refused";
  if (ctx.path === "/auth") count(`authorize${refused}`);
  if (ctx.path === "/reg") count(`register${refused}`);
  const by = ctx.get("user-agent").startsWith("mcpgen/") ? " by mcpgen" : "";
  if (ctx.path === "/token") count(`${ctx.oidc?.params?.grant_type}${by}${refused}`);
  if (ctx.path === "/token/revocation") count(`revoke${refused}`);
});
authorization.on("request", provider.callback());

// ---- the MCP server ----

const tool = { name: "ping", description: "answers pong", inputSchema: { type: "object", properties: {} } };

async function answer(request, response) {
  const mcp = new Server({ name: "oidc", version: "1.0.0" }, { capabilities: { tools: {} } });
  mcp.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [tool] }));
  mcp.setRequestHandler(CallToolRequestSchema, () => ({ content: [{ type: "text", text: "pong" }] }));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
  response.on("close", () => mcp.close());
  await mcp.connect(transport);
  await transport.handleRequest(request, response, await json(request));
}

async function isGood(header) {
  const [, text] = /^Bearer (.+)$/i.exec(header ?? "") ?? [];
  const token = text && (await provider.AccessToken.find(text));
  return Boolean(token) && !token.isExpired && token.aud === url;
}

resource.on("request", async (request, response) => {
  const reply = (status, value, headers) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  if (request.url === "/counts") return reply(200, counts);
  if (request.url === metadata) {
    return reply(200, { resource: url, authorization_servers: [issuer], scopes_supported: ["mcp:tools"] });
  }
  if (request.url !== "/mcp") return reply(404, {});
  if (!(await isGood(request.headers.authorization))) {
    const error = request.headers.authorization ? ', error="invalid_token"' : "";
    const challenge = `Bearer resource_metadata="${origin}${metadata}"${error}`;
    return reply(401, { error: "invalid_token" }, { "www-authenticate": challenge });
  }
  if (request.method !== "POST") return reply(405, {}, { allow: "POST" });
  await answer(request, response);
});

console.log(url);
