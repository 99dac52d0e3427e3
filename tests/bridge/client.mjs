// An MCP client over a bridge's stdin and stdout that has a user: it answers what the server asks of it.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { endGroup } from "../login/process.mjs";

/** A form as somebody fills it in who only presses return: what it proposes, and yes where it proposes nothing. */
function filled({ properties }) {
  const value = ({ default: proposed, type }) =>
    proposed ?? (type === "boolean" ? true : undefined);
  const all = Object.entries(properties).map(([name, property]) => [name, value(property)]);
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

const text = { type: "text", text: "yes" };

const answers = {
  ping: () => ({}),
  "roots/list": () => ({ roots: [] }),
  "elicitation/create": ({ requestedSchema }) => ({
    action: "accept",
    content: filled(requestedSchema),
  }),
  "sampling/createMessage": () => ({
    role: "assistant",
    content: text,
    model: "bench",
    stopReason: "endTurn",
  }),
};

/** What the client says of itself; that it takes the proposals of a form is SEP-1034. */
const introduction = {
  protocolVersion: "2025-11-25",
  capabilities: { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} },
  clientInfo: { name: "bench", version: "1.0.0" },
};

export class Client {
  #child;
  #next = 1;
  #waiting = new Map();
  said = "";
  heard = () => {}; // what the server says unasked

  constructor(command, args, env, seconds) {
    this.#child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"], detached: true });
    this.#child.stderr.setEncoding("utf8").on("data", (words) => (this.said += words));
    this.#child.stdin.on("error", () => {}); // it ended: `close` says so
    createInterface({ input: this.#child.stdout }).on("line", (line) =>
      this.#hear(JSON.parse(line)),
    );
    const late = setTimeout(
      () => this.#endAll(`has not answered within ${seconds} s`),
      seconds * 1000,
    );
    this.#child.on("close", (code, signal) => {
      clearTimeout(late);
      this.#endAll(`ended with ${code ?? signal}`);
    });
  }

  #endAll(why) {
    for (const { fail } of this.#waiting.values()) fail(new Error(`the bridge ${why}`));
    this.#waiting.clear();
  }

  #hear({ id, method, params, result, error }) {
    if (method)
      return id === undefined ? this.heard(method, params) : this.#reply(id, method, params);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error)
      waiting?.fail(Object.assign(new Error(`${error.code} ${error.message}`), { refused: true }));
    else waiting?.done(result);
  }

  #reply(id, method, params) {
    const answer = answers[method];
    if (answer) this.#send({ id, result: answer(params) });
    else this.#send({ id, error: { code: -32601, message: `the client knows no ${method}` } });
  }

  #send(message) {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  /** Asks and waits for the answer. */
  ask(method, params = {}) {
    return new Promise((done, fail) => {
      const id = this.#next++;
      this.#waiting.set(id, { done, fail });
      this.#send({ id, method, params });
    });
  }

  /** Connects; the answer is what the server can do. */
  async connect() {
    const { capabilities } = await this.ask("initialize", introduction);
    this.#send({ method: "notifications/initialized" });
    return capabilities;
  }

  get pid() {
    return this.#child.pid;
  }

  /** Ends it as a client does, by closing its stdin, and by force where that is not enough: how many ms it took. */
  async stop() {
    const begun = performance.now();
    const gone = new Promise((done) => this.#child.on("close", done));
    const late = setTimeout(() => endGroup(this.#child), 2000);
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await gone;
    clearTimeout(late);
    endGroup(this.#child);
    return performance.now() - begun;
  }
}
