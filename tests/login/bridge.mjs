// A client of the bench: it starts a command line as any client would and speaks MCP over its stdin and stdout.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { endGroup } from "./process.mjs";

const patience = 40; // seconds: a bridge that waits for a lease or a sign-in does so for up to thirty

export class Bridge {
  #child;
  #said = "";
  #next = 0;
  #waiting = new Map();
  #ended = false;

  constructor(command, args, env) {
    this.#child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"], detached: true });
    this.#child.stderr.setEncoding("utf8").on("data", (text) => (this.#said += text));
    this.#child.stdin.on("error", () => {}); // it ended: `exit` says so
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#hear(line));
    this.#child.on("exit", (code, signal) => {
      this.#ended = true;
      for (const { fail } of this.#waiting.values())
        fail(this.#fault(`ended with ${code ?? signal}`));
    });
  }

  #hear(line) {
    const { id, result, error } = JSON.parse(line);
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (error) waiting.fail(this.#fault(`answered ${JSON.stringify(error)}`));
    else waiting.done(result);
  }

  #fault(what) {
    return new Error(`the bridge ${what}\n${this.#said.trimEnd().replace(/^/gm, "bridge | ")}`);
  }

  #send(message) {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  /** Asks and waits for the answer. */
  ask(method, params = {}) {
    return new Promise((done, fail) => {
      if (this.#ended) return fail(this.#fault("has ended"));
      const id = this.#next++;
      const late = () => fail(this.#fault(`gave no answer to ${method} in ${patience} s`));
      const timer = setTimeout(late, patience * 1000);
      const settle = (how) => (value) => {
        clearTimeout(timer);
        how(value);
      };
      this.#waiting.set(id, { done: settle(done), fail: settle(fail) });
      this.#send({ id, method, params });
    });
  }

  /** Waits until the bridge says a text; the answer is where it does. */
  async says(text) {
    const stop = Date.now() + patience * 1000;
    for (;;) {
      const found = this.#said.match(text);
      if (found) return found;
      if (Date.now() > stop || this.#ended) throw this.#fault(`never says \`${text}\``);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** Connects and lists the tools; both servers of the bench have `ping` alone. */
  async connect() {
    const clientInfo = { name: "bench", version: "1.0.0" };
    await this.ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
    this.#send({ method: "notifications/initialized" });
    const { tools } = await this.ask("tools/list");
    const names = tools.map(({ name }) => name).join(" ");
    if (names !== "ping") throw this.#fault(`lists the tools \`${names}\``);
  }

  /** Calls the tool. */
  async ping() {
    const { content } = await this.ask("tools/call", { name: "ping", arguments: {} });
    if (content[0].text !== "pong") throw this.#fault(`answers \`${content[0].text}\``);
  }

  /** Ends it, and all that it started. */
  async stop() {
    const gone = this.#ended || new Promise((done) => this.#child.on("exit", done));
    endGroup(this.#child);
    await gone;
  }
}

/** Starts bridges, has them used, and ends them whatever happens. */
export async function withBridges(bridges, use) {
  try {
    return await use(bridges);
  } finally {
    await Promise.all(bridges.map((bridge) => bridge.stop()));
  }
}
