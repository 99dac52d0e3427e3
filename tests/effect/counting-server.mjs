// An authorization server and two MCP servers on one loopback port, which record every request.
//
// `/signed/mcp` requires a sign-in: dynamic registration, PKCE, and a page that approves at once.
// `/keyed/mcp` requires the API token. Each has the tools that it is created with.
import { createHash, randomBytes } from "node:crypto";
import { json, text } from "node:stream/consumers";
import { LoopbackServer } from "../lib/loopback-server.mjs";
import { respondWith } from "./tools.mjs";

const random = () => randomBytes(16).toString("hex");
const challengeOf = (verifier) => createHash("sha256").update(verifier).digest("base64url");

export class CountingServer extends LoopbackServer {
  #codes = new Map();
  #tokens = new Set();
  #tools;

  /** The API token of `/keyed/mcp`. */
  apiToken = random();

  /** Every request so far: `{ what, server, token, tool, agent }`. */
  requests = [];

  /** Creates a server with the names of the tools of `signed` and `keyed`. */
  constructor(tools) {
    super((request, response) => this.#answer(request, response));
    this.#tools = tools;
  }

  urlOf(name) {
    return `${this.origin}/${name}/mcp`;
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.origin);
    const reply = (status, body, headers = {}) =>
      response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(body));
    const agent = request.headers["user-agent"];
    const [, server] = /^\/(signed|keyed)\/mcp$/.exec(url.pathname) ?? [];
    if (server) return this.#answerMcp(server, request, reply, agent);
    const step = this.#steps[url.pathname];
    if (!step) return reply(404, {});
    this.requests.push({ what: url.pathname, agent });
    return step(url, request, reply);
  }

  // ---- the authorization server ----

  #steps = {
    "/.well-known/oauth-protected-resource/signed/mcp": (_, __, reply) =>
      reply(200, { resource: this.urlOf("signed"), authorization_servers: [this.origin] }),
    "/.well-known/oauth-authorization-server": (_, __, reply) =>
      reply(200, {
        issuer: this.origin,
        authorization_endpoint: `${this.origin}/authorize`,
        token_endpoint: `${this.origin}/token`,
        registration_endpoint: `${this.origin}/register`,
        response_types_supported: ["code"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["none"],
      }),
    "/register": async (_, request, reply) =>
      reply(201, {
        ...(await json(request)),
        client_id: random(),
        token_endpoint_auth_method: "none",
      }),
    "/authorize": ({ searchParams }, _, reply) => {
      const code = random();
      this.#codes.set(code, searchParams.get("code_challenge"));
      const back = new URL(searchParams.get("redirect_uri"));
      back.searchParams.set("code", code);
      if (searchParams.has("state")) back.searchParams.set("state", searchParams.get("state"));
      reply(302, {}, { location: back.href });
    },
    "/token": async (_, request, reply) => {
      const form = new URLSearchParams(await text(request));
      const challenge = this.#codes.get(form.get("code"));
      this.#codes.delete(form.get("code"));
      if (!challenge || challengeOf(form.get("code_verifier") ?? "") !== challenge)
        return reply(400, { error: "invalid_grant" });
      const token = random();
      this.#tokens.add(token);
      reply(200, {
        access_token: token,
        token_type: "Bearer",
        expires_in: 36_000,
        refresh_token: random(),
      });
    },
  };

  // ---- the MCP servers ----

  async #answerMcp(server, request, reply, agent) {
    const message = request.method === "POST" ? await json(request) : {};
    const [, token] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
    const { method: what = request.method, params } = message;
    this.requests.push({ what, server, token, tool: params?.name, agent });
    const valid = server === "signed" ? this.#tokens.has(token) : token === this.apiToken;
    if (!valid) {
      const metadata = `${this.origin}/.well-known/oauth-protected-resource/signed/mcp`;
      const more = server === "signed" ? ` resource_metadata="${metadata}"` : "";
      return reply(401, { error: "invalid_token" }, { "www-authenticate": `Bearer${more}` });
    }
    if (request.method !== "POST") return reply(405, {}, { allow: "POST" });
    const outcome = respondWith(this.#tools[server], message);
    return outcome ? reply(200, outcome) : reply(202, {});
  }
}
