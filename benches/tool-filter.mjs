// Measures what it costs that `mcpgen exec` hides tools of a local server: the time of a call and the
// memory of the process between the client and the server. Prints docs/measurements/tool-filter.md, and fails if a
// bound is missed.
//
//   tool-filter.mjs MCPGEN      MCPGEN is a release build, or a debug build for a quick check
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, release, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const [named] = process.argv.slice(2);
if (!named) {
  console.error("usage: benches/tool-filter.mjs MCPGEN");
  process.exit(2);
}
const mcpgen = resolve(named);
const build = mcpgen.includes("/debug/") ? "debug" : "release";
const rounds = 9;
const calls = 500;
const bounds = { ms: 1, mib: 2 };

const [before] = loadavg();
const scratch = mkdtempSync(join(tmpdir(), "mcpgen-bench-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const server = join(scratch, "server.mjs");
writeFileSync(
  server,
  `import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { id, params } = JSON.parse(line);
  const text = "x".repeat(params.arguments.length);
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: { text } }) + "\\n");
}
`,
);
const declaration = join(scratch, "mcp.toml");
const local = `command = ${JSON.stringify(process.execPath)}\nargs = [${JSON.stringify(server)}]\n`;
writeFileSync(
  declaration,
  `clients = ["cursor"]
[servers.plain]
${local}
[servers.filtered]
${local}tools = { deny = ["delete"] }
`,
);

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** A server that exec has started. */
class StartedServer {
  #id = 0;
  #waiting = new Map();

  constructor(name) {
    const env = { PATH: process.env.PATH, HOME: scratch };
    const args = ["exec", name, "--file", declaration];
    this.child = spawn(mcpgen, args, { env, stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      const { id, error } = JSON.parse(line);
      this.#waiting.get(id)(error);
      this.#waiting.delete(id);
    });
  }

  /** Calls a tool whose response has this length. Returns the error of the response, if it has one. */
  call(length, name = "read") {
    this.#id += 1;
    const id = this.#id;
    const params = { name, arguments: { length } };
    const done = new Promise((resolveCall) => this.#waiting.set(id, resolveCall));
    this.child.stdin.write(
      `${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params })}\n`,
    );
    return done;
  }

  /** Returns the median time of a call in milliseconds. */
  async time(length, count) {
    const times = [];
    for (let left = count; left > 0; left -= 1) {
      const start = performance.now();
      await this.call(length);
      times.push(performance.now() - start);
    }
    return median(times);
  }

  /** Returns a field of /proc/PID/status in MiB. */
  mib(field) {
    const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
    return Number(status.match(new RegExp(`^${field}:\\s+(\\d+) kB`, "m"))[1]) / 1024;
  }
}

const lengths = { "100 bytes": 100, "1 MiB": 1 << 20 };
const [plain, filtered] = [new StartedServer("plain"), new StartedServer("filtered")];
const each = {};
const isHidden = async (server) => (await server.call(1, "delete")) !== undefined;
if ((await isHidden(plain)) || !(await isHidden(filtered)))
  throw new Error("only one of the two servers must hide the tool `delete`");
for (const [title, length] of Object.entries(lengths)) {
  const times = { plain: [], filtered: [] };
  const count = length > 1000 ? calls / 10 : calls;
  for (let round = 0; round <= rounds; round += 1) {
    const now = {
      plain: await plain.time(length, count),
      filtered: await filtered.time(length, count),
    };
    // The first round warms up.
    if (round > 0) for (const way of Object.keys(times)) times[way].push(now[way]);
  }
  each[title] = { plain: median(times.plain), filtered: median(times.filtered) };
}
const memory = Object.fromEntries(
  ["RssAnon", "RssFile"].map((field) => [field, filtered.mib(field)]),
);
plain.child.stdin.end();
filtered.child.stdin.end();

const number = (value) => value.toFixed(value >= 10 ? 1 : 2);
const rows = Object.entries(each).map(([title, times]) => {
  const added = times.filtered - times.plain;
  const ratio = times.filtered / times.plain;
  return `| ${[title, ...[times.plain, times.filtered, added, ratio].map(number)].join(" | ")} |`;
});
console.log(`# The cost of hiding tools

\`just bench-tools\` (\`benches/tool-filter.mjs\`) measures all figures on this page in one run and writes the page. It
compares a server that \`mcpgen exec\` becomes with the same server behind [the process that hides
tools](../reference/declaration.md#allowed-and-denied-tools). The server is a small program in Node.js ${process.version}.
mcpgen is a ${build} build.

The figures are from ${new Date().toISOString().slice(0, 10)}. The machine has ${availableParallelism()} cores and runs Linux ${release()}. Its load average was
${number(before)} when the measurement began.

The times are medians of wall-clock time in milliseconds. They differ between machines and between runs, so compare only
figures of one run. The bound is ${bounds.ms} ms more for each call.

| length of a response | without hidden tools | with hidden tools | added | ratio |
|---|---|---|---|---|
${rows.join("\n")}

The resident memory of the process that hides tools is ${number(memory.RssAnon + memory.RssFile)} MiB: ${number(memory.RssAnon)} MiB of its own, and
${number(memory.RssFile)} MiB of the program file. All processes of mcpgen share the pages of the program file, and the system can drop
them. The bound, ${bounds.mib} MiB, is for the memory of its own.`);
const added = Object.values(each).map((times) => times.filtered - times.plain);
const missed = [
  added.every((ms) => ms <= bounds.ms) || "the time of a call",
  memory.RssAnon <= bounds.mib || "the memory",
].filter((reason) => reason !== true);
for (const reason of missed) console.error(`bench: missed: ${reason}`);
process.exitCode = missed.length > 0 ? 1 : 0;
