// An MCP client over stdio: it starts a command line as any client does, sends requests, and
// answers the server's.
import { spawn } from "node:child_process";
import { killGroup } from "./process.mjs";

const defaultSeconds = 40; // a bridge waits up to 30 s for a lease or a sign-in
const newline = 10;
const stderrLimit = 1 << 20;

/** What `initialize` says of a client that can do nothing. */
export const plainClient = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "bench", version: "1.0.0" },
};

export class McpClient {
  #partialLine = [];
  #pending = new Map();
  #nextId = 1;
  #handlers;
  #seconds;
  #hasExited = false;
  /** What it wrote to stderr. */
  stderr = "";

  /**
   * `handlers` has a function from `params` to `result` for each method that the server may
   * request. `seconds` is the timeout of a request.
   */
  constructor(command, args, { env, cwd, seconds = defaultSeconds, handlers = {} } = {}) {
    this.#handlers = { ping: () => ({}), ...handlers };
    this.#seconds = seconds;
    this.child = spawn(command, args, { env, cwd, stdio: "pipe", detached: true });
    this.child.stderr.setEncoding("utf8").on("data", (text) => {
      if (this.stderr.length < stderrLimit) this.stderr += text;
      this.onStderr(text);
    });
    this.child.stdin.on("error", () => {}); // it has exited: pending requests fail
    this.child.stdout.on("data", (chunk) => this.#readLines(chunk));
    /** Resolves when the process has exited. */
    this.exited = new Promise((resolve) => {
      this.child.on("exit", (code, signal) => resolve(code ?? signal));
      this.child.on("error", (error) => resolve(error.message));
    });
    /** Resolves when the process has exited and nothing holds its output any more. */
    this.closed = new Promise((resolve) => {
      this.child.on("close", (code, signal) => resolve(code ?? signal));
      this.child.on("error", (error) => resolve(error.message));
    });
    this.#failPending();
  }

  /**
   * Requests that the process leaves unanswered fail once its output has been read, or soon after
   * its exit.
   */
  async #failPending() {
    const code = await this.exited;
    await Promise.race([this.closed, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
    this.#hasExited = true;
    for (const { reject } of this.#pending.values()) reject(this.error(`exited with ${code}`));
    this.#pending.clear();
  }

  // ---- what subclasses observe ----

  onMessage(_message, _line) {}
  onStderr(_text) {}
  onInvalidLine(line) {
    throw this.error(`printed a line that is not JSON: ${line}`);
  }

  /** An error about this process, with its stderr. */
  error(what) {
    const stderr = this.stderr.trimEnd().split("\n").slice(-20).join("\n");
    return new Error(`the process ${what}\n${stderr.replace(/^/gm, "stderr | ")}`);
  }

  // ---- receiving ----

  #readLines(chunk) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const bytes = chunk.subarray(start, end);
      const isWhole = this.#partialLine.length === 0;
      const line = (isWhole ? bytes : Buffer.concat([...this.#partialLine, bytes])).toString();
      this.#partialLine = [];
      start = end + 1;
      if (line.trim()) this.#receive(line);
    }
    if (start < chunk.length) this.#partialLine.push(chunk.subarray(start));
  }

  #receive(line) {
    let messages;
    try {
      messages = [JSON.parse(line)].flat();
    } catch {
      this.onInvalidLine(line);
      return;
    }
    for (const message of messages) {
      this.onMessage(message, line);
      if (message.method && message.id !== undefined) this.#handleRequest(message);
      else if (!message.method) this.#settle(message);
    }
  }

  #settle({ id, result, error }) {
    const key = JSON.stringify(id);
    const pending = this.#pending.get(key);
    this.#pending.delete(key);
    pending?.resolve(error === undefined ? { result } : { error });
  }

  #handleRequest({ id, method, params = {} }) {
    if (Object.hasOwn(this.#handlers, method)) {
      this.send({ id, result: this.#handlers[method](params) });
    } else {
      this.send({ id, error: { code: -32601, message: `the client does not know ${method}` } });
    }
  }

  // ---- sending ----

  /** Writes bytes as they are. Returns false if the other side does not read at present. */
  write(bytes) {
    return this.child.stdin.write(bytes);
  }

  /** Waits until everything that was written has been read. */
  drained() {
    return new Promise((resolve) => this.child.stdin.once("drain", resolve));
  }

  send(message) {
    this.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  notify(method, params) {
    this.send({ method, params });
  }

  /** Waits for the response to an id: `{ result }` or `{ error }`. */
  response(id, seconds = this.#seconds) {
    return new Promise((resolve, reject) => {
      if (this.#hasExited) return reject(this.error("has exited"));
      const key = JSON.stringify(id);
      const timer = setTimeout(() => {
        this.#pending.delete(key);
        reject(this.error(`sent no response within ${seconds} s`));
      }, seconds * 1000);
      const settle = (outcome) => (value) => {
        clearTimeout(timer);
        outcome(value);
      };
      this.#pending.set(key, { resolve: settle(resolve), reject: settle(reject) });
    });
  }

  /** Sends a request and waits for its response: `{ result }` or `{ error }`. */
  request(method, params, { id = this.#nextId++, seconds } = {}) {
    const response = this.response(id, seconds);
    this.send({ id, method, params });
    return response;
  }

  /** Sends a request and waits for its result; an error is thrown. */
  async result(method, params = {}, options) {
    const { result, error } = await this.request(method, params, options);
    if (error) throw this.error(`answered ${method} with ${error.code}: ${error.message}`);
    return result;
  }

  /** Opens a session. Returns the server's result. */
  async initialize(params = plainClient, options) {
    const result = await this.result("initialize", params, options);
    this.notify("notifications/initialized");
    return result;
  }

  // ---- ending ----

  get pid() {
    return this.child.pid;
  }

  closeStdin() {
    this.child.stdin.end();
  }

  /** Kills the process and everything that it started. */
  async stop() {
    killGroup(this.child);
    this.child.stdout.resume();
    await this.exited;
  }

  /**
   * Ends the process as a client does, by closing its stdin; kills it after two seconds. Returns
   * the milliseconds.
   */
  async shutDown() {
    const begun = performance.now();
    const timer = setTimeout(() => killGroup(this.child), 2000);
    this.closeStdin();
    await this.closed;
    clearTimeout(timer);
    const milliseconds = performance.now() - begun;
    killGroup(this.child);
    return milliseconds;
  }
}

/** Runs `use` with some clients, and stops them whatever happens. */
export async function withClients(clients, use) {
  try {
    return await use(clients);
  } finally {
    await Promise.all(clients.map((client) => client.stop()));
  }
}
