// An MCP server that records its requests. By default it is a plain server with sessions; a script
// handles single requests differently, as a check requires.
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";

const lasting = { "content-type": "text/event-stream", "cache-control": "no-store" };

/** A stream of server-sent events. */
class Events {
  constructor(response, headers = {}) {
    this.response = response;
    response.writeHead(200, { ...lasting, ...headers });
    response.flushHeaders();
  }

  /** Sends a message, or `data` as it is. */
  send(message, { id, retry, event, data = JSON.stringify({ jsonrpc: "2.0", ...message }) } = {}) {
    const fields = Object.entries({ event, id, retry }).filter(([, value]) => value !== undefined);
    this.response.write(
      `${fields.map(([name, value]) => `${name}: ${value}\n`).join("")}data: ${data}\n\n`,
    );
    return this;
  }

  end() {
    this.response.end();
  }

  /** Breaks the connection. */
  cut() {
    this.response.socket?.destroy();
  }
}

/** A request, and the ways to respond to it. */
class Exchange {
  constructor(server, request, response, body) {
    Object.assign(this, {
      server,
      request,
      response,
      headers: request.headers,
      at: performance.now(),
    });
    this.verb = request.method;
    this.path = request.url;
    this.session = request.headers["mcp-session-id"];
    this.body = body.length < 4096 ? body : undefined;
    if (body) this.message = parse(body);
  }

  /** The method of the message. */
  get method() {
    return this.message?.method;
  }

  get args() {
    return this.message.params.arguments;
  }

  reply(status, body = "", headers = {}) {
    this.response.writeHead(status, headers).end(body);
    return true;
  }

  json(value, headers = {}) {
    return this.reply(200, JSON.stringify(value), {
      "content-type": "application/json",
      ...headers,
    });
  }

  /** Responds with a result. */
  result(result, headers) {
    return this.json({ jsonrpc: "2.0", id: this.message.id, result }, headers);
  }

  text(text, headers) {
    return this.result({ content: [{ type: "text", text }] }, headers);
  }

  /** Responds with a stream. */
  events(headers) {
    return new Events(this.response, headers);
  }

  /** The response message with a string as its result. */
  answer(text) {
    return { id: this.message.id, result: { content: [{ type: "text", text }] } };
  }
}

function parse(body) {
  try {
    return JSON.parse(body);
  } catch {
    return { unreadable: body.slice(0, 100) };
  }
}

export class ScriptedServer {
  #server;
  #script;
  #next = 1;
  #sockets = new Set();
  /** All requests, in order. */
  seen = [];
  /** The sessions, and the client's name of each. */
  sessions = new Map();
  /** The streams that a bridge opened with GET for its client. */
  streams = [];

  constructor(
    script,
    { tls, path = "/mcp", host = "127.0.0.1", port = 0, session = () => {} } = {},
  ) {
    this.#script = script;
    const hear = (request, response) => this.#hear(request, response);
    this.#server = tls ? createSecureServer(tls, hear) : createServer(hear);
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {});
    });
    Object.assign(this, {
      path,
      host,
      wanted: port,
      began: session,
      scheme: tls ? "https" : "http",
    });
  }

  static start(script = {}, options = {}) {
    return new ScriptedServer(script, options).listen();
  }

  async listen() {
    await new Promise((done) => this.#server.listen(this.wanted, this.host, done));
    return this;
  }

  get port() {
    return this.#server.address().port;
  }

  get url() {
    return `${this.scheme}://${this.host}:${this.port}${this.path}`;
  }

  async #hear(request, response) {
    const chunks = [];
    for await (const chunk of request.on("error", () => {})) chunks.push(chunk);
    const exchange = new Exchange(this, request, response, Buffer.concat(chunks).toString());
    response.on("error", () => {});
    this.seen.push(exchange);
    if (exchange.path.startsWith("/.well-known/")) return exchange.reply(404);
    const handled = await this.#script[exchange.verb.toLowerCase()]?.(exchange, this);
    if (!handled) this[exchange.verb]?.(exchange) ?? exchange.reply(405);
  }

  POST(exchange) {
    const { method, message } = exchange;
    if (method === "initialize") return this.#welcome(exchange);
    if (!method || message.id === undefined) return exchange.reply(202);
    if (method === "tools/list") {
      const tool = (name) => ({ name, description: name, inputSchema: { type: "object" } });
      return exchange.result({ tools: ["echo", "other"].map(tool) });
    }
    if (method === "tools/call") return exchange.text(exchange.args.text ?? "echo");
    return exchange.result({});
  }

  #welcome(exchange) {
    const session = `session-${this.wanted}-${this.#next++}`;
    const { clientInfo, protocolVersion } = exchange.message.params;
    this.sessions.set(session, clientInfo.name);
    exchange.welcomed = session;
    this.began(session);
    const serverInfo = { name: "scripted", version: "1.0.0" };
    const result = { protocolVersion, capabilities: { tools: {}, logging: {} }, serverInfo };
    return exchange.result(result, { "mcp-session-id": session });
  }

  GET(exchange) {
    if (!this.sessions.has(exchange.session)) return exchange.reply(400, "no such session");
    const stream = exchange.events();
    stream.exchange = exchange;
    if (this.isOurs(exchange)) this.streams.push(stream);
    return true;
  }

  DELETE(exchange) {
    return exchange.reply(200);
  }

  /** Whether a request belongs to the client's session; mcp-remote opens one of its own first. */
  isOurs({ session, message }) {
    const name =
      message?.method === "initialize"
        ? message.params.clientInfo.name
        : this.sessions.get(session);
    return name?.startsWith("bench") ?? false;
  }

  /** The requests of the client's session: of one method, or all. */
  ours(method) {
    return this.seen.filter(
      (exchange) => this.isOurs(exchange) && (!method || exchange.method === method),
    );
  }

  /** The calls of tools, of every session. */
  get calls() {
    return this.seen.filter(({ method }) => method === "tools/call");
  }

  /** Waits for a condition. */
  async until(holds, seconds = 10) {
    const stop = performance.now() + seconds * 1000;
    while (!holds(this)) {
      if (performance.now() > stop) throw new Error(`not within ${seconds} s: ${holds}`);
      await new Promise((done) => setTimeout(done, 10));
    }
  }

  async stop() {
    if (!this.#server.listening) return;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}
