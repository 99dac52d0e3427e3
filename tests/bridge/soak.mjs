// A hundred calls a second for long, at a server that is never at rest: every call is answered with its own answer,
// memory stays as it is, nothing is left open, and when stdin ends the bridge is gone within a second. $SOAK_SECONDS
// says how long; two minutes where it says nothing.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "./client.mjs";

const seconds = Number(process.env.SOAK_SECONDS ?? 120);
const rate = 100;
const patience = 10; // seconds until a call counts as not answered
const ways = [
  "json",
  "event",
  "progress",
  "json",
  "event",
  "progress",
  "json",
  "event",
  "progress",
  "later",
];

/**
 * What may be more at the end than after the beginning: threads that a busy moment of the machine has called for, each
 * with its connection, and what they take. Two minutes have 12,000 calls: whatever each leaves behind is far more.
 */
const slack = { memory: 3, open: 40, threads: 40 };

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** What a process has now: memory in MiB, descriptors, threads. */
function size(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name) => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)[1]);
  return {
    memory: field("VmRSS") / 1024,
    open: readdirSync(`/proc/${pid}/fd`).length,
    threads: field("Threads"),
  };
}

/** Calls the tool, and looks at what comes: the answer, and the progress before it. */
class Calls {
  made = 0;
  faults = [];
  unasked = 0;
  #progress = new Map();

  constructor(client) {
    this.client = client;
    client.heard = (method, params) => {
      if (method !== "notifications/progress") this.unasked += 1;
      else this.#progress.get(params.progressToken)?.push(params.progress);
    };
  }

  async one() {
    const number = this.made++;
    const how = ways[number % ways.length];
    const progress = [];
    this.#progress.set(number, progress);
    try {
      await this.#answered(number, how);
      const wanted = how === "progress" ? "1 2 3" : "";
      if (progress.join(" ") !== wanted)
        throw new Error(`the progress ${progress.join(" ") || "never"} came`);
    } catch (error) {
      this.faults.push(`call ${number} (${how}): ${error.message}`);
    }
    this.#progress.delete(number);
  }

  async #answered(number, how) {
    const params = {
      name: "answer",
      arguments: { how, text: `call ${number}` },
      _meta: { progressToken: number },
    };
    const late = sleep(patience * 1000, undefined, { ref: false });
    const answer = await Promise.race([this.client.ask("tools/call", params), late]);
    if (!answer) throw new Error(`no answer within ${patience} s`);
    if (answer.content[0].text !== `call ${number}`)
      throw new Error(`answered with ${answer.content[0].text}`);
  }
}

/** What has grown between the second quarter and the last; the first is that of a bridge finding its size. */
function grown(sizes) {
  const quarter = Math.floor(sizes.length / 4);
  const early = sizes.slice(quarter, 2 * quarter);
  const late = sizes.slice(-quarter);
  return Object.entries(slack).flatMap(([name, most]) => {
    const [before, after] = [early, late].map((some) => median(some.map((one) => one[name])));
    return after - before > most
      ? [`${name} has grown from ${before.toFixed(1)} to ${after.toFixed(1)}`]
      : [];
  });
}

async function soaked(lab, url, command) {
  const home = lab.home("soak");
  const [program, ...args] = command;
  const client = new Client(
    program,
    [...args, url],
    { ...home.env, MCP_REMOTE_CONFIG_DIR: home.cache },
    seconds + 60,
  );
  await client.connect();
  const calls = new Calls(client);
  const sizes = [];
  const under = [];
  const begun = performance.now();
  for (let tick = 0; performance.now() - begun < seconds * 1000; tick += 1) {
    for (const due = ((performance.now() - begun) / 1000) * rate; calls.made < due; )
      under.push(calls.one());
    if (tick % 100 === 0) sizes.push(size(client.pid));
    if (under.length > 1000) await Promise.all(under.splice(0, 500));
    if (calls.faults.length > 20) break;
    await sleep(10);
  }
  await Promise.all(under);
  const ended = await client.stop();
  const faults = [...calls.faults, ...grown(sizes)];
  if (calls.unasked === 0) faults.push("nothing of the server's own stream has come");
  if (ended > 1000) faults.push(`it took ${ended.toFixed(0)} ms to end`);
  const most = (name) => Math.max(...sizes.map((one) => one[name]));
  const note = `${calls.made} calls, ${most("memory").toFixed(1)} MiB, ${most("open")} open`;
  if (faults.length === 0) return note;
  const said = client.said.trim().split("\n").slice(-10).join("\n");
  throw new Error([note, ...faults.slice(0, 20), `${faults.length} faults`, said].join("\n"));
}

export async function soak(lab, command = [lab.mcpgen, "bridge"]) {
  const peer = await lab.restless();
  await lab.check("soak", `${seconds} s at ${rate} calls a second`, () =>
    soaked(lab, peer.url, command),
  );
  peer.stop();
}
