// The two clients of the bench: one over a bridge's stdio, one connected to the server itself.
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { McpClient, plainClient } from "../tests/lib/mcp-client.mjs";

const call = { name: "echo", arguments: { text: "a line of a usual length, or so" } };

/** A field of /proc/PID/FILE of a process and its children together, in MiB. */
function memory(pid, file, field) {
  const text = readFileSync(`/proc/${pid}/${file}`, "utf8");
  const own = Number(new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(text)[1]) / 1024;
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean),
  );
  return children.reduce((sum, child) => sum + memory(child, file, field), own);
}

/** A client of a bridge. */
export class BridgeClient extends McpClient {
  #started;

  constructor({ command: [program, ...args], env, cwd }) {
    const started = performance.now();
    super(program, args, { env, cwd, seconds: 60 });
    this.#started = started;
  }

  /**
   * Opens a session. Returns the milliseconds from the start of the program to its first response.
   */
  async connect() {
    await this.request("initialize", plainClient);
    const first = performance.now() - this.#started;
    this.notify("notifications/initialized");
    return first;
  }

  async call() {
    const { content } = await this.result("tools/call", call);
    if (content[0].text !== call.arguments.text) throw new Error("the result of another call");
  }

  /** A long response, and a long request. Each has this many characters. */
  async callLong(characters) {
    const down = await this.result("tools/call", { name: "echo", arguments: { characters } });
    if (down.content[0].text.length !== characters) throw new Error("an incomplete result");
    const text = "x".repeat(characters);
    const up = await this.result("tools/call", { name: "echo", arguments: { text, count: true } });
    if (up.content[0].text !== `${characters}`) throw new Error("an incomplete request");
  }

  /** The peak of the resident memory, in MiB. */
  peak() {
    return memory(this.pid, "status", "VmHWM");
  }

  /** The resident memory now, in MiB. */
  resident() {
    return memory(this.pid, "status", "VmRSS");
  }

  /** The resident memory now in MiB, where memory shared by N processes counts as a Nth. */
  proportional() {
    return memory(this.pid, "smaps_rollup", "Pss");
  }
}

/** A connection that has one request at a time. */
class Connection {
  #received = "";
  #done;

  constructor(url, ca) {
    const { hostname: host, port, protocol, pathname } = new URL(url);
    const accepted =
      "accept: application/json, text/event-stream\r\ncontent-type: application/json\r\n";
    this.head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}:${port}\r\n${accepted}`;
    this.socket =
      protocol === "https:"
        ? connectTls({ host, port, ca, servername: host })
        : connect({ host, port });
    this.socket.setNoDelay(true).setEncoding("latin1");
    this.socket.on("data", (text) => this.#receive(text));
  }

  #receive(text) {
    this.#received += text;
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/.exec(this.#received)[1]);
    if (this.#received.length < end + 4 + length) return;
    this.#received = "";
    this.#done();
  }

  request(method, params) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    return new Promise((done) => {
      this.#done = done;
      this.socket.write(`${this.head}content-length: ${body.length}\r\n\r\n${body}`);
    });
  }
}

/** A client without a bridge; it keeps its connections. */
export class DirectClient {
  #free = [];
  #all = [];

  constructor(url, ca) {
    this.url = url;
    this.ca = ca && readFileSync(ca);
  }

  async #request(method, params) {
    const connection = this.#free.pop() ?? new Connection(this.url, this.ca);
    if (!this.#all.includes(connection)) this.#all.push(connection);
    await connection.request(method, params);
    this.#free.push(connection);
  }

  connect() {
    return this.#request("initialize", plainClient);
  }

  call() {
    return this.#request("tools/call", call);
  }

  peak() {
    return 0;
  }

  stop() {
    for (const { socket } of this.#all) socket.destroy();
  }

  /** The median time of the first response on a new connection. */
  static async first(url, ca) {
    const times = [];
    for (let left = 15; left > 0; left -= 1) {
      const direct = new DirectClient(url, ca);
      const begun = performance.now();
      await direct.connect();
      times.push(performance.now() - begun);
      direct.stop();
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  }
}
