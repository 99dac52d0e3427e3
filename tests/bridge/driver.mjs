// A small MCP client: it starts a command line as any client would, asks over stdin, answers what it is asked, and
// remembers all that it hears.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { endGroup } from "../login/process.mjs";

const patience = 12; // seconds

/** What the client can do, and how it answers a server that asks for it. */
export const capabilities = {
  roots: { listChanged: true },
  sampling: {},
  elicitation: { form: {}, url: {} },
  tasks: {
    list: {},
    cancel: {},
    requests: { sampling: { createMessage: {} }, elicitation: { create: {} } },
  },
};
const said = {
  role: "assistant",
  content: { type: "text", text: "sampled" },
  model: "bench",
  stopReason: "endTurn",
};
const filled = {
  action: "accept",
  content: { name: "bench", value: "bench", interpretation: "current" },
};
const task = (taskId, status) => {
  const at = new Date().toISOString();
  return { taskId, status, ttl: 60000, pollInterval: 100, createdAt: at, lastUpdatedAt: at };
};
const answers = {
  ping: () => ({}),
  "roots/list": () => ({ roots: [{ uri: "file:///bench", name: "bench" }] }),
  "sampling/createMessage": (params) =>
    params.task ? { task: task("sampling", "working") } : said,
  "elicitation/create": (params) => {
    if (params.task) return { task: task("elicitation", "working") };
    return params.mode === "url" ? { action: "accept" } : filled;
  },
  "tasks/get": ({ taskId }) => task(taskId, "completed"),
  "tasks/result": ({ taskId }) => (taskId === "sampling" ? said : filled),
};

export class Client {
  #child;
  #rest = [];
  #waiting = new Map();
  #listeners = new Set();
  #next = 1;
  #gone;
  /** Every message that came, in its order. */
  heard = [];
  /** Lines that were no JSON. */
  noise = [];
  stderr = "";
  ended = false;

  constructor(command, args, env) {
    this.#child = spawn(command, args, {
      env,
      cwd: env.HOME,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text) => {
      if (this.stderr.length < 1 << 20) this.stderr += text;
    });
    this.#child.stdin.on("error", () => {}); // it ended: whoever waits is told
    this.#child.stdout.on("data", (chunk) => this.#read(chunk));
    this.#gone = new Promise((done) => {
      this.#child.on("error", (error) => {
        this.stderr += error.message;
        this.#over(error.message, done);
      });
      this.#child.on("close", (code, signal) => this.#over(code ?? signal, done));
    });
  }

  #over(how, done) {
    this.ended = true;
    for (const { fail } of this.#waiting.values()) fail(new Error(`it ended with ${how}`));
    done(how);
  }

  #read(chunk) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...this.#rest, chunk.subarray(from, at)]).toString();
      this.#rest = [];
      from = at + 1;
      if (line.trim()) this.#hear(line);
    }
    if (from < chunk.length) this.#rest.push(chunk.subarray(from));
  }

  #hear(line) {
    let messages;
    try {
      messages = [JSON.parse(line)].flat();
    } catch {
      this.noise.push(line.slice(0, 200));
      return;
    }
    for (const message of messages) {
      this.heard.push({ ...message, line: line.length < 1000 ? line : undefined });
      if (message.method && message.id !== undefined) this.#answer(message);
      else if (!message.method) this.#settle(message);
    }
    for (const listener of this.#listeners) listener();
  }

  #settle({ id, result, error }) {
    const waiting = this.#waiting.get(JSON.stringify(id));
    this.#waiting.delete(JSON.stringify(id));
    waiting?.done(error === undefined ? { result } : { error });
  }

  #answer({ id, method, params = {} }) {
    const known = Object.hasOwn(answers, method);
    const error = { code: -32601, message: `no ${method} here` };
    this.send(known ? { id, result: answers[method](params) } : { id, error });
  }

  /** Writes bytes as they are; false where the other side does not read for now. */
  write(bytes) {
    return this.#child.stdin.write(bytes);
  }

  /** Waits until what was written has been read. */
  drained() {
    return new Promise((done) => this.#child.stdin.once("drain", done));
  }

  send(message) {
    this.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  tell(method, params) {
    this.send({ method, params });
  }

  /** Waits for the answer to an id: `{ result }` or `{ error }`. */
  answer(id, seconds = patience) {
    return new Promise((done, fail) => {
      if (this.ended) return fail(new Error("it has ended"));
      const timer = setTimeout(
        () => fail(new Error(`no answer within ${seconds} s`)),
        seconds * 1000,
      );
      const settle = (how) => (value) => {
        clearTimeout(timer);
        how(value);
      };
      this.#waiting.set(JSON.stringify(id), { done: settle(done), fail: settle(fail) });
    });
  }

  /** Asks, and waits for the answer. */
  ask(method, params, { id = this.#next++, seconds } = {}) {
    const answer = this.answer(id, seconds);
    this.send({ id, method, params });
    return answer;
  }

  /** Calls a tool. */
  call(name, args = {}, options) {
    return this.ask("tools/call", { name, arguments: args }, options);
  }

  /** Shakes hands; the answer is the server's. */
  async connect(protocolVersion = "2025-11-25", options) {
    const clientInfo = { name: "bench", version: "1.0.0" };
    const answer = await this.ask(
      "initialize",
      { protocolVersion, capabilities, clientInfo },
      options,
    );
    if (answer.error) throw new Error(`initialize: ${answer.error.message}`);
    this.tell("notifications/initialized");
    return answer;
  }

  /** Waits until something holds of what was heard. */
  until(holds, seconds = patience) {
    return new Promise((done, fail) => {
      const look = () => {
        if (!holds(this)) return;
        this.#listeners.delete(look);
        clearTimeout(timer);
        done();
      };
      const timer = setTimeout(() => {
        this.#listeners.delete(look);
        fail(new Error(`nothing of the kind within ${seconds} s`));
      }, seconds * 1000);
      this.#listeners.add(look);
      look();
    });
  }

  /** The notifications of a method. */
  told(method) {
    return this.heard.filter((message) => message.method === method && message.id === undefined);
  }

  /** The peak of its resident memory so far, in MiB. */
  get peak() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Math.round(/VmHWM:\s+(\d+)/.exec(status)[1] / 1024);
  }

  /** Reads no more of what it says. */
  turnAway() {
    this.#child.stdout.pause();
  }

  /** Closes its end of what it says. */
  hangUp() {
    this.#child.stdout.destroy();
  }

  get pid() {
    return this.#child.pid;
  }

  /** Says that nothing more comes. */
  close() {
    this.#child.stdin.end();
  }

  signal(name) {
    process.kill(this.#child.pid, name);
  }

  /** Waits for its end: how it ended, after how many seconds, and whether something of it is left. */
  async end(seconds = patience) {
    const since = performance.now();
    const late = new Promise((done) => setTimeout(done, seconds * 1000, "late").unref());
    const code = await Promise.race([this.#gone, late]);
    return { code, seconds: (performance.now() - since) / 1000, left: this.#lives() };
  }

  #lives() {
    try {
      return process.kill(-this.#child.pid, 0);
    } catch {
      return false;
    }
  }

  /** Ends it, and all that it started. */
  async stop() {
    endGroup(this.#child);
    this.#child.stdout.resume();
    await this.#gone;
  }
}
