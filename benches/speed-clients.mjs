// The two clients of the bench, as small as can be: one over a bridge's stdin and stdout, one straight to the server.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { endGroup } from "../tests/login/process.mjs";

const initialize = {
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "bench", version: "1.0.0" },
  },
};
const call = {
  method: "tools/call",
  params: { name: "echo", arguments: { text: "a line of a usual length, or so" } },
};

/** What a process and its children had in memory at most, in MiB. */
function peak(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const own = Number(/^VmHWM:\s*(\d+)/m.exec(status)[1]) / 1024;
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean),
  );
  return children.reduce((sum, child) => sum + peak(child), own);
}

/** A bridge that has just been started. */
export class Started {
  #child;
  #waiting = new Map();
  #next = 0;
  #rest = "";
  #said = "";

  constructor({ command: [program, ...args], env, cwd }) {
    this.begun = performance.now();
    this.#child = spawn(program, args, {
      env,
      cwd,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#child.stdout.setEncoding("utf8").on("data", (text) => this.#hear(text));
    this.#child.stderr.setEncoding("utf8").on("data", (text) => (this.#said += text));
    this.#child.stdin.on("error", () => {});
    this.#child.on("exit", (code) => {
      for (const { fail } of this.#waiting.values())
        fail(new Error(`${program} ended with ${code}\n${this.#said}`));
    });
  }

  #hear(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) {
      const { id, result, error } = JSON.parse(line);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.fail(new Error(JSON.stringify(error)));
      else waiting?.done(result);
    }
  }

  #ask(message) {
    return new Promise((done, fail) => {
      const id = this.#next++;
      this.#waiting.set(id, { done, fail });
      this.#child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...message })}\n`);
    });
  }

  /** Milliseconds from the start of the program to its answer. */
  async initialize() {
    await this.#ask(initialize);
    const first = performance.now() - this.begun;
    this.#child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    return first;
  }

  async call() {
    const { content } = await this.#ask(call);
    if (content[0].text !== call.params.arguments.text)
      throw new Error("an answer to another call");
  }

  peak() {
    return peak(this.#child.pid);
  }

  async stop() {
    const gone = new Promise((done) => this.#child.on("close", done));
    endGroup(this.#child);
    await gone;
  }
}

/** One request after the other on a connection. */
class Line {
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
    this.socket.on("data", (text) => this.#hear(text));
  }

  #hear(text) {
    this.#received += text;
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/.exec(this.#received)[1]);
    if (this.#received.length < end + 4 + length) return;
    this.#received = "";
    this.#done();
  }

  ask(message) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, ...message });
    return new Promise((done) => {
      this.#done = done;
      this.socket.write(`${this.head}content-length: ${body.length}\r\n\r\n${body}`);
    });
  }
}

/** No bridge: connections are kept and taken in turn. */
export class Direct {
  #free = [];
  #all = [];

  constructor(url, ca) {
    this.url = url;
    this.ca = ca && readFileSync(ca);
  }

  async #with(message) {
    const line = this.#free.pop() ?? new Line(this.url, this.ca);
    if (!this.#all.includes(line)) this.#all.push(line);
    await line.ask(message);
    this.#free.push(line);
  }

  initialize() {
    return this.#with(initialize);
  }

  call() {
    return this.#with(call);
  }

  peak() {
    return 0;
  }

  stop() {
    for (const { socket } of this.#all) socket.destroy();
  }

  /** The first answer on a connection of its own: the median of some. */
  static async first(url, ca) {
    const times = [];
    for (let left = 15; left > 0; left -= 1) {
      const direct = new Direct(url, ca);
      const begun = performance.now();
      await direct.initialize();
      times.push(performance.now() - begun);
      direct.stop();
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  }
}
