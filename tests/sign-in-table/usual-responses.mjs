// What a server without deviations responds. Each function gets the server and the exchange; some
// return a whole response, others a part of one.
import { createHash } from "node:crypto";
import { json, oauthError, plain, redirect } from "./responses.mjs";

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

const tool = { name: "ping", description: "answers pong", inputSchema: { type: "object" } };

/** The responses of discovery. */
const discovery = {
  challenge: (server) =>
    `Bearer resource_metadata="${server.origin}/.well-known/oauth-protected-resource/mcp"`,

  resource: (server) => ({ resource: server.url, authorization_servers: [server.origin] }),

  resourceMetadata: (server, exchange) => json(200, server.make("resource", exchange)),

  metadata: (server) => ({
    issuer: server.origin,
    authorization_endpoint: `${server.origin}/authorize`,
    token_endpoint: `${server.origin}/token`,
    registration_endpoint: `${server.origin}/register`,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
  }),

  serverMetadata: (server, exchange) => json(200, server.make("metadata", exchange)),

  other: () => plain(404, "Not Found"),
};

/** The responses of the authorization server. */
const authorization = {
  register: (server, exchange) => {
    const id = server.id("client");
    const asked = JSON.parse(exchange.body);
    server.clients.set(id, asked);
    return json(201, { ...asked, client_id: id, client_id_issued_at: 1_760_000_000 });
  },

  authorize: (server, { query }) => {
    const code = server.secret("code");
    server.codes.set(code, {
      client: query.get("client_id"),
      challenge: query.get("code_challenge"),
      scope: query.get("scope"),
      account: query.get("login_hint"),
    });
    const back = new URL(query.get("redirect_uri"));
    back.searchParams.set("code", code);
    if (query.has("state")) back.searchParams.set("state", query.get("state"));
    return redirect(back.href);
  },

  token: (server, exchange) => {
    const part = {
      authorization_code: "exchangeCode",
      refresh_token: "refresh",
      client_credentials: "clientCredentials",
      [deviceGrant]: "exchangeDevice",
    }[exchange.form.get("grant_type")];
    return part ? server.make(part, exchange) : oauthError(400, "unsupported_grant_type");
  },

  exchangeCode: (server, exchange) => {
    const { form } = exchange;
    const code = server.codes.get(form.get("code"));
    server.codes.delete(form.get("code"));
    const verifier = createHash("sha256").update(form.get("code_verifier") ?? "");
    if (!code || code.challenge !== verifier.digest("base64url"))
      return oauthError(400, "invalid_grant", "the code or the verifier is wrong");
    return issue(server, exchange, code);
  },

  refresh: (server, exchange) => {
    const used = exchange.form.get("refresh_token");
    const grant = server.refreshTokens.get(used);
    if (!grant) return oauthError(400, "invalid_grant", "the refresh token is not known");
    server.refreshTokens.delete(used);
    return issue(server, exchange, grant);
  },

  clientCredentials: (server, exchange) => issue(server, exchange, exchange.client),

  deviceAuthorization: (server) => {
    const code = server.secret("device");
    server.devices.set(code, { approved: false });
    return json(200, {
      device_code: code,
      user_code: "ABCD-EFGH",
      verification_uri: `${server.origin}/approve`,
      expires_in: 60,
      interval: 1,
    });
  },

  /** The page on which the person enters the code. */
  approve: (server) => {
    for (const device of server.devices.values()) device.approved = true;
    return plain(200, "approved");
  },

  exchangeDevice: (server, exchange) => {
    const device = server.devices.get(exchange.form.get("device_code"));
    if (!device?.approved) return oauthError(400, "authorization_pending");
    return issue(server, exchange, device);
  },

  /** The tokens of a grant. */
  tokens: (server, { grant }) => {
    const [access, refresh] = [server.secret("access"), server.secret("refresh")];
    server.accessTokens.set(access, grant);
    server.refreshTokens.set(refresh, grant);
    return {
      access_token: access,
      token_type: "Bearer",
      expires_in: server.lifetime,
      refresh_token: refresh,
      ...(grant.scope ? { scope: grant.scope } : {}),
    };
  },

  issued: (server, exchange) => json(200, server.make("tokens", exchange)),
};

function issue(server, exchange, grant) {
  exchange.grant = grant;
  return server.make("issued", exchange);
}

/** The responses of the MCP server. */
const mcp = {
  accepts: (server, { token }) => server.accessTokens.has(token),

  refuse: (server, exchange) =>
    json(
      401,
      { error: "invalid_token" },
      { "www-authenticate": server.make("challenge", exchange) },
    ),

  mcp: (server, exchange) => {
    if (!server.make("accepts", exchange)) return server.make("refuse", exchange);
    if (exchange.verb === "DELETE") return plain(200, "");
    if (exchange.verb !== "POST") return plain(405, "", { allow: "POST" });
    return server.make("message", exchange);
  },

  message: (server, exchange) => {
    const { id, method, params } = exchange.message;
    const result = (value, headers) => json(200, { jsonrpc: "2.0", id, result: value }, headers);
    if (id === undefined) return plain(202, "");
    if (method === "initialize")
      return result(
        {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: "table", version: "1" },
        },
        { "mcp-session-id": server.make("session", exchange) },
      );
    if (method === "tools/list") return result({ tools: [tool] });
    if (method === "tools/call")
      return result({ content: [{ type: "text", text: server.make("answer", exchange) }] });
    return result({});
  },

  session: (server) => server.id("session"),

  answer: () => "pong",
};

export const usual = { ...discovery, ...authorization, ...mcp };
