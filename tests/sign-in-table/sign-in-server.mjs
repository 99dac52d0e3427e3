// An MCP server with an authorization server of its own. A situation replaces any of its responses:
// a deviation has the name of a method of `usual` and gets `(server, usual, exchange)`, where
// `usual()` is what the server does otherwise.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { plain } from "./responses.mjs";
import { usual } from "./usual-responses.mjs";

/** The deviation of each well-known path and endpoint. */
const endpoints = {
  "/.well-known/oauth-protected-resource": "resourceMetadata",
  "/.well-known/oauth-protected-resource/mcp": "resourceMetadata",
  "/.well-known/oauth-authorization-server": "serverMetadata",
  "/register": "register",
  "/authorize": "authorize",
  "/token": "token",
  "/device": "deviceAuthorization",
  "/approve": "approve",
  "/mcp": "mcp",
};

/** A request to the server. */
class Exchange {
  constructor(request, origin, body, response) {
    Object.assign(this, { verb: request.method, headers: request.headers, body, response });
    this.url = new URL(request.url, origin);
    this.query = this.url.searchParams;
    this.form = new URLSearchParams(body);
  }

  /** The message of a request to the MCP server. */
  get message() {
    return JSON.parse(this.body);
  }

  /** The bearer token. */
  get token() {
    return /^Bearer (.+)$/i.exec(this.headers.authorization ?? "")?.[1];
  }

  /** The id and secret of the OAuth client, from either place. */
  get client() {
    const basic = /^Basic (.+)$/i.exec(this.headers.authorization ?? "")?.[1];
    if (!basic) return { id: this.form.get("client_id"), secret: this.form.get("client_secret") };
    const [id, secret] = Buffer.from(basic, "base64").toString().split(":").map(decodeURIComponent);
    return { id, secret };
  }
}

export class SignInServer {
  #server;
  #sockets = new Set();
  #deviations;
  #host;
  #neighbours = [];
  #next = 1;
  /** Every request that has been responded to: `name`, `status` and `exchange`. */
  requests = [];
  clients = new Map();
  codes = new Map();
  devices = new Map();
  accessTokens = new Map();
  refreshTokens = new Map();
  /** Seconds for which an access token is valid. */
  lifetime = 3600;

  constructor(deviations, host) {
    this.#deviations = { ...deviations };
    this.#host = host;
    this.#server = createServer((request, response) => this.#hear(request, response));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {});
    });
  }

  static async start(deviations = {}, host = "127.0.0.1") {
    const server = new SignInServer(deviations, host);
    await new Promise((done) => server.#server.listen(0, host, done));
    return server;
  }

  /** Another server on another port, which stops together with this one. */
  async neighbour(deviations = {}) {
    const started = await SignInServer.start(deviations, this.#host);
    this.#neighbours.push(started);
    return started;
  }

  get port() {
    return this.#server.address().port;
  }

  get origin() {
    return `http://${this.#host}:${this.port}`;
  }

  get url() {
    return `${this.origin}/mcp`;
  }

  /** A new id, such as `client-3`. */
  id(kind) {
    return `${kind}-${this.#next++}`;
  }

  /** A new secret. */
  secret(kind) {
    return `${this.id(kind)}-${randomBytes(9).toString("hex")}`;
  }

  /** Changes how the server responds from now on. */
  deviate(deviations) {
    Object.assign(this.#deviations, deviations);
  }

  /** The response, or a part of one, with this name. */
  make(name, exchange) {
    const otherwise = () => usual[name](this, exchange);
    const deviation = this.#deviations[name];
    return deviation ? deviation(this, otherwise, exchange) : otherwise();
  }

  /** Makes all access tokens expire. */
  expire() {
    this.accessTokens.clear();
  }

  /** The requests with a name that were answered with less than 400. */
  accepted(name) {
    return this.requests.filter((request) => request.name === name && request.status < 400);
  }

  /** The number of registrations so far. */
  registrations() {
    return this.accepted("register").length;
  }

  async #hear(request, response) {
    request.on("error", () => {});
    response.on("error", () => {});
    const body = await text(request).catch(() => "");
    const exchange = new Exchange(request, this.origin, body, response);
    const { pathname } = exchange.url;
    const other = pathname.endsWith("/register") ? "register" : "other";
    const name = endpoints[pathname] ?? other;
    const made = await this.#respond(name, exchange);
    if (!made) return; // the deviation has used `exchange.response`
    this.requests.push({ name, status: made.status, exchange });
    response.writeHead(made.status, made.headers).end(made.body);
  }

  async #respond(name, exchange) {
    try {
      return await this.make(name, exchange);
    } catch (error) {
      return plain(500, error.stack);
    }
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([
      new Promise((done) => this.#server.close(done)),
      ...this.#neighbours.map((neighbour) => neighbour.stop()),
    ]);
  }
}
