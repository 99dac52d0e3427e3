// A hundred calls a second for a long time, with a server that never rests: every call gets its own
// result, memory does not grow, no descriptor is left open, and the bridge exits within a second of
// its stdin. $SOAK_SECONDS sets the time; two minutes by default.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { McpClient } from "../lib/mcp-client.mjs";
import { lib } from "../lib/pinned.mjs";

const seconds = Number(process.env.SOAK_SECONDS ?? 120);
const rate = 100;
const callSeconds = 10; // timeout of a call
const thrice = (list) => [...list, ...list, ...list];
/** How the server responds to a call, in turn: restless-server.mjs explains them. */
const ways = [...thrice(["json", "event", "progress"]), "later"];

/** Calls made at once in the beginning, so that the bridge has its full size from then on. */
const burst = 300;

/**
 * How much more a bridge may need at the end than after the beginning. The least of a period
 * counts, because a busy moment of the machine needs more threads, which exit when they have been
 * idle for ten seconds. In two minutes there are 12,000 calls, so a leak per call would be far more.
 */
const slack = { memory: 3, open: 10, threads: 10 };

/** The threads that the rate needs, generously. Those of the burst have to be gone. */
const threadsNeeded = 100;

/** The present size of a process: memory in MiB, descriptors, threads. */
function size(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name) => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)[1]);
  return {
    memory: field("VmRSS") / 1024,
    open: readdirSync(`/proc/${pid}/fd`).length,
    threads: field("Threads"),
  };
}

/** A client that keeps the progress of each call, and counts the other notifications. */
class SoakClient extends McpClient {
  progress = new Map();
  notifications = 0;

  onMessage({ id, method, params }) {
    if (!method || id !== undefined) return;
    if (method === "notifications/progress")
      this.progress.get(params.progressToken)?.push(params.progress);
    else this.notifications += 1;
  }
}

/** Makes calls, and checks the result of each, and the progress before it. */
class Calls {
  made = 0;
  errors = [];

  constructor(client) {
    this.client = client;
  }

  async makeOne() {
    const number = this.made++;
    const how = ways[number % ways.length];
    const progress = [];
    this.client.progress.set(number, progress);
    try {
      await this.#call(number, how);
      const expected = how === "progress" ? "1 2 3" : "";
      if (progress.join(" ") !== expected)
        throw new Error(`the progress is \`${progress.join(" ")}\`, not \`${expected}\``);
    } catch (error) {
      this.errors.push(`call ${number} (${how}): ${error.message}`);
    }
    this.client.progress.delete(number);
  }

  async #call(number, how) {
    const text = `call ${number}`;
    const params = { name: "answer", arguments: { how, text }, _meta: { progressToken: number } };
    const { content } = await this.client.result("tools/call", params, { seconds: callSeconds });
    if (content[0].text !== text) throw new Error(`the result is that of ${content[0].text}`);
  }
}

const least = (sizes, name) => Math.min(...sizes.map((size) => size[name]));

/** What has grown from the second quarter to the last. */
function growth(sizes) {
  const quarter = Math.floor(sizes.length / 4);
  const early = sizes.slice(quarter, 2 * quarter);
  const late = sizes.slice(-quarter);
  const grown = Object.entries(slack).flatMap(([name, most]) => {
    const [before, after] = [early, late].map((some) => least(some, name));
    if (after - before <= most) return [];
    return [`${name} has grown from ${before.toFixed(1)} to ${after.toFixed(1)}`];
  });
  const threads = least(late, "threads");
  return threads <= threadsNeeded ? grown : [...grown, `${threads} threads do not exit`];
}

/** Makes calls at the rate until the time is over. Returns the sizes of the process meanwhile. */
async function callForLong(client, calls) {
  const sizes = [];
  const running = Array.from({ length: burst }, () => calls.makeOne());
  const begun = performance.now();
  for (let tick = 0; performance.now() - begun < seconds * 1000; tick += 1) {
    const due = ((performance.now() - begun) / 1000) * rate;
    while (calls.made < due) running.push(calls.makeOne());
    if (tick % 100 === 0) sizes.push(size(client.pid));
    if (running.length > 1000) await Promise.all(running.splice(0, 500));
    if (calls.errors.length > 20) break;
    await sleep(10);
  }
  await Promise.all(running);
  return sizes;
}

async function runSoak(lab, url) {
  const home = lab.home("soak");
  const env = { ...home.env, MCP_REMOTE_CONFIG_DIR: home.cache };
  const client = new SoakClient(lab.mcpgen, ["bridge", url], { env });
  await client.initialize();
  const calls = new Calls(client);
  const sizes = await callForLong(client, calls);
  const milliseconds = await client.shutDown();
  const errors = [...calls.errors, ...growth(sizes)];
  if (client.notifications === 0) errors.push("no message of the server's own stream has arrived");
  if (milliseconds > 1000) errors.push(`it took ${milliseconds.toFixed(0)} ms to exit`);
  const most = (name) => Math.max(...sizes.map((size) => size[name]));
  const note = `${calls.made} calls, ${most("memory").toFixed(1)} MiB, ${most("open")} open`;
  if (errors.length === 0) return note;
  const stderr = client.stderr.trim().split("\n").slice(-10).join("\n");
  throw new Error([note, ...errors.slice(0, 20), `${errors.length} errors`, stderr].join("\n"));
}

export async function soak(lab) {
  const server = await lab.script(join(lib, "../bridge/restless-server.mjs"));
  await lab.check("soak", `${seconds} s at ${rate} calls a second`, () => runSoak(lab, server.url));
  server.stop();
}
