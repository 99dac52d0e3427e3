// A client with every capability, which records all messages that it receives.
import { readFileSync } from "node:fs";
import { McpClient } from "../lib/mcp-client.mjs";

const defaultSeconds = 12;

const capabilities = {
  roots: { listChanged: true },
  sampling: {},
  elicitation: { form: {}, url: {} },
  tasks: {
    list: {},
    cancel: {},
    requests: { sampling: { createMessage: {} }, elicitation: { create: {} } },
  },
};

// ---- what the server may request ----

const sampled = {
  role: "assistant",
  content: { type: "text", text: "sampled" },
  model: "bench",
  stopReason: "endTurn",
};
const filledForm = {
  action: "accept",
  content: { name: "bench", value: "bench", interpretation: "current" },
};
const task = (taskId, status) => {
  const now = new Date().toISOString();
  return { taskId, status, ttl: 60000, pollInterval: 100, createdAt: now, lastUpdatedAt: now };
};
const handlers = {
  "roots/list": () => ({ roots: [{ uri: "file:///bench", name: "bench" }] }),
  "sampling/createMessage": (params) =>
    params.task ? { task: task("sampling", "working") } : sampled,
  "elicitation/create": (params) => {
    if (params.task) return { task: task("elicitation", "working") };
    return params.mode === "url" ? { action: "accept" } : filledForm;
  },
  "tasks/get": ({ taskId }) => task(taskId, "completed"),
  "tasks/result": ({ taskId }) => (taskId === "sampling" ? sampled : filledForm),
};

export class RecordingClient extends McpClient {
  #listeners = new Set();
  /** Every message, in order; short ones with their `line`. */
  messages = [];
  /** Lines that are not JSON. */
  invalidLines = [];

  constructor(command, args, env) {
    super(command, args, { env, cwd: env.HOME, seconds: defaultSeconds, handlers });
  }

  onMessage(message, line) {
    this.messages.push({ ...message, line: line.length < 1000 ? line : undefined });
    // The listeners run after the response has been sent.
    queueMicrotask(() => {
      for (const listener of this.#listeners) listener();
    });
  }

  onInvalidLine(line) {
    this.invalidLines.push(line.slice(0, 200));
  }

  /** Checks compare these messages, so they hold nothing but what has happened. */
  error(what) {
    return new Error(`the process ${what}`);
  }

  /** Calls a tool. */
  call(name, args = {}, options) {
    return this.request("tools/call", { name, arguments: args }, options);
  }

  /** Opens a session. Returns the server's response. */
  async connect(protocolVersion = "2025-11-25", options = undefined) {
    const clientInfo = { name: "bench", version: "1.0.0" };
    const params = { protocolVersion, capabilities, clientInfo };
    const response = await this.request("initialize", params, options);
    if (response.error) throw new Error(`initialize: ${response.error.message}`);
    this.notify("notifications/initialized");
    return response;
  }

  /** Waits until the received messages satisfy a condition. */
  until(condition, seconds = defaultSeconds) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!condition(this)) return;
        this.#listeners.delete(look);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#listeners.delete(look);
        reject(new Error(`not within ${seconds} s: ${condition}`));
      }, seconds * 1000);
      this.#listeners.add(look);
      look();
    });
  }

  /** The notifications of a method. */
  notifications(method) {
    return this.messages.filter((message) => message.method === method && message.id === undefined);
  }

  /** The peak of its resident memory so far, in MiB. */
  get peak() {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Math.round(/VmHWM:\s+(\d+)/.exec(status)[1] / 1024);
  }

  /** Stops reading its stdout. */
  pauseReading() {
    this.child.stdout.pause();
  }

  /** Closes its stdout. */
  closeStdout() {
    this.child.stdout.destroy();
  }

  signal(name) {
    process.kill(this.pid, name);
  }

  /**
   * Waits until it exits. Returns the exit code, the seconds, and whether a process of its group is
   * left.
   */
  async end(seconds = defaultSeconds) {
    const since = performance.now();
    const timeout = new Promise((resolve) =>
      setTimeout(resolve, seconds * 1000, "timeout").unref(),
    );
    const code = await Promise.race([this.closed, timeout]);
    return { code, seconds: (performance.now() - since) / 1000, left: this.#groupExists() };
  }

  #groupExists() {
    try {
      return process.kill(-this.pid, 0);
    } catch {
      return false;
    }
  }
}
