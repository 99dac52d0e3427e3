// Compares `mcpgen bridge` and other bridges in one run and with one server: time until the first
// response, memory, calls per second, and delay compared with no bridge. Prints a table, and fails if
// a bound is missed. speed-memory.mjs measures memory after long messages and of many bridges.
//
//   bridge-speed.mjs MCPGEN [--quick]      MCPGEN is a release build; `--quick` repeats less
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { makeCertificates } from "../tests/lib/certificates.mjs";
import { requirePackages } from "../tests/lib/packages.mjs";
import { newest, otherBridges, remote, remoteScript } from "../tests/lib/pinned.mjs";
import { startScript } from "../tests/lib/servers.mjs";
import { BridgeClient, DirectClient } from "./speed-clients.mjs";
import { countWakeups, measureLong, measureMany } from "./speed-memory.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [named, ...rest] = process.argv.slice(2);
if (!named) {
  console.error("usage: benches/bridge-speed.mjs MCPGEN [--quick]");
  process.exit(2);
}
requirePackages([remote(newest), ...otherBridges.map(({ pin }) => pin)]);
const mcpgen = resolve(named);
const quick = rest.includes("--quick");
const seconds = quick ? 0.7 : 3; // of calls, for each figure
const starts = quick
  ? { mcpgen: 15, path: 4, npx: 2, others: 3 }
  : { mcpgen: 50, path: 15, npx: 7, others: 9 };
const inFlight = [1, 8, 64];
const many = 20; // bridges at once

const [before] = loadavg();
const scratch = mkdtempSync(join(tmpdir(), "mcpgen-bench-"));
const servers = [];

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function startSpeedServer(...tls) {
  const server = await startScript(join(here, "speed-server.mjs"), ...tls);
  servers.push(server);
  return server.url;
}

/**
 * The commands to measure. npx runs where the package is installed, so it needs no network.
 */
function ways(url, env) {
  const path = remoteScript(newest);
  const directory = path.slice(0, path.indexOf("/node_modules/"));
  const at = { ...base, ...env };
  return {
    npx: {
      command: ["npx", "--offline", "-y", `mcp-remote@${newest}`, url],
      env: at,
      cwd: directory,
    },
    path: { command: [process.execPath, path, url], env: at, cwd: scratch },
    mcpgen: { command: [mcpgen, "bridge", url], env: at, cwd: scratch },
    others: otherBridges.map(({ command }) => ({ command: command(url), env: at, cwd: scratch })),
  };
}

const base = {
  PATH: process.env.PATH,
  HOME: scratch,
  MCP_REMOTE_CONFIG_DIR: join(scratch, "cache"),
  NO_COLOR: "1",
};

/**
 * The time from the start of the program to its first response, and the peak of memory until a call
 * has returned.
 */
async function measureStart(command) {
  const client = new BridgeClient(command);
  try {
    const first = await client.connect();
    await client.call();
    return { first, peak: client.peak() };
  } finally {
    await client.stop();
  }
}

async function measureStarts(command, times) {
  const all = [];
  for (let left = times; left > 0; left -= 1) all.push(await measureStart(command));
  return {
    first: median(all.map(({ first }) => first)),
    peak: Math.max(...all.map(({ peak }) => peak)),
  };
}

/**
 * Keeps a number of calls in flight: how many return per second, and how long the median one takes.
 */
async function load(connection, count) {
  const times = [];
  const end = performance.now() + seconds * 1000;
  const one = async () => {
    for (let now = performance.now(); now < end; ) {
      await connection.call();
      const then = performance.now();
      times.push(then - now);
      now = then;
    }
  };
  await Promise.all(Array.from({ length: count }, one));
  return { rate: times.length / seconds, each: median(times) };
}

async function loads(connection) {
  await connection.connect();
  await load(connection, 8); // warms up
  const all = {};
  for (const count of inFlight) all[count] = await load(connection, count);
  const peak = connection.peak();
  await connection.stop();
  return { ...all, peak };
}

/**
 * Measures everything over one transport. The direct client shows how much time the server and this
 * program need.
 */
async function measured(url, { env = {}, ca, peers = false }) {
  const all = ways(url, env);
  const result = { direct: await loads(new DirectClient(url, ca)) };
  result.direct.first = await DirectClient.first(url, ca);
  for (const who of ["mcpgen", "path"]) {
    result[who] = {
      ...(await measureStarts(all[who], starts[who])),
      load: await loads(new BridgeClient(all[who])),
    };
  }
  if (!peers) return result;
  result.npx = await measureStarts(all.npx, starts.npx);
  result.others = [];
  for (const other of all.others) {
    result.others.push({
      ...(await measureStarts(other, starts.others)),
      load: await loads(new BridgeClient(other)),
    });
  }
  return result;
}

const number = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

function table(title, { direct, mcpgen: ours, path, npx, others = [] }) {
  const rate = (load) => inFlight.map((count) => number(load[count].rate)).join(" | ");
  const loaded = (load) => `${number(load.peak)} | ${rate(load)} | ${number(load[1].each)}`;
  const line = (name, { first, peak, load }) =>
    `| ${name} | ${number(first)} | ${number(peak)} | ${load ? loaded(load) : "– | – | – | – | –"} |`;
  const rates = inFlight.map((count) => `calls/s, ${count} in flight`).join(" | ");
  const lines = [
    `\n### ${title}\n`,
    `| | first response, ms | peak, MiB | under load, MiB | ${rates} | one call, ms |`,
    "|---|---|---|---|---|---|---|---|",
    `| no bridge | ${number(direct.first)} | – | – | ${rate(direct)} | ${number(direct[1].each)} |`,
    line("`mcpgen bridge`", ours),
  ];
  lines.push(line(`mcp-remote ${newest} by path`, path));
  if (npx) lines.push(line(`mcp-remote ${newest} by npx`, npx));
  others.forEach((other, index) => {
    lines.push(line(otherBridges[index].name, other));
  });
  return lines.join("\n");
}

/** Memory after long messages, of many bridges, and wakeups: of ours, and of mcp-remote. */
async function measureMemory(url) {
  const { mcpgen: ours, path } = ways(url, {});
  const sse = ways(`${new URL("/sse", url)}`, {}).mcpgen;
  return {
    json: await measureLong(ours),
    events: await measureLong(sse),
    path: await measureLong(path),
    many: await measureMany(ours, many),
    manyPaths: await measureMany(path, 5),
    wakeups: await countWakeups(ours, quick ? 10 : 60),
    pathWakeups: await countWakeups(path, quick ? 10 : 60),
  };
}

function memoryTables({ json, events, path, many: ours, manyPaths, wakeups, pathWakeups }) {
  const row = (name, { start, peak, later }) =>
    `| ${name} | ${number(start)} | ${number(peak)} | ${number(later)} |`;
  return `
### Memory after long messages, MiB

100 MB in each direction: two results and two arguments of 10 MB, one after the other, and then eight of each at once.

| | before | peak | 10 s later |
|---|---|---|---|
${row("`mcpgen bridge`, JSON responses", json)}
${row("`mcpgen bridge`, event stream responses", events)}
${row(`mcp-remote ${newest} by path, JSON responses`, path)}

### Many bridges, and idle bridges

A machine runs a bridge for each client and server. All bridges share the pages of the program, so one more bridge takes
less than the resident set of one: ${many} bridges take ${number(ours)} MiB together, ${number(ours / many)} MiB each, and 5 of
mcp-remote take ${number(manyPaths)} MiB, ${number(manyPaths / 5)} MiB each. This is the proportional set size (PSS), in which a page that
N processes share counts as a Nth in each.

While nothing happens, no timer runs: in ${quick ? 10 : 60} seconds, \`mcpgen bridge\` woke up ${wakeups} times, and mcp-remote
${pathWakeups} times.`;
}

/** The bounds: a name, the figure, and its least or greatest value. */
function bounds(plain, tls, memory) {
  const { direct, mcpgen: ours, path } = plain;
  return [
    ["first response, times faster than mcp-remote by path", path.first / ours.first, ">=", 50],
    ["first response, minus the server's own time, ms", ours.first - direct.first, "<=", 8],
    ["peak, MiB", ours.peak, "<=", 8],
    ...inFlight.map((count) => [
      `calls per second, ${count} in flight, times mcp-remote's`,
      ours.load[count].rate / path.load[count].rate,
      ">=",
      5,
    ]),
    [
      "one call, minus one call without a bridge, ms",
      ours.load[1].each - direct[1].each,
      "<=",
      0.3,
    ],
    ...Object.entries(tls).flatMap(
      ([
        name,
        {
          mcpgen: { first, peak },
        },
      ]) => [
        [
          `https, ${name}: first response, minus that of plain http, ms`,
          first - ours.first,
          "<=",
          3,
        ],
        [`https, ${name}: peak, MiB`, peak, "<=", 14],
      ],
    ),
    ["JSON responses: 10 s after long messages, MiB", memory.json.later, "<=", 10],
    ["event stream responses: 10 s after long messages, MiB", memory.events.later, "<=", 10],
    [`${many} bridges together, MiB (PSS)`, memory.many, "<=", 30],
    ["wakeups while idle", memory.wakeups, "<=", 0],
  ];
}

const holds = ([, value, sign, bound]) => (sign === ">=" ? value >= bound : value <= bound);

try {
  const plainUrl = await startSpeedServer();
  const plain = await measured(plainUrl, { peers: true });
  console.log(`# Speed of the bridges

\`just bench-bridge\` (\`benches/bridge-speed.mjs\`) measures all figures on this page in one run and writes the page.
The command fails if a figure misses its bound. Compare only figures of one run.

All bridges connect to the same small server on loopback. The server does not require a sign-in. Times are medians.

- *Peak* is the largest resident set of all processes of the bridge together, until the first call returns.
- *Under load* is the same with 64 calls in flight.`);
  console.log(table("Plain HTTP, JSON responses", plain));
  const streamed = await measured(`${new URL("/sse", plainUrl)}`, {});
  console.log(table("Plain HTTP, event stream responses", streamed));
  const { authority, key, certificate } = makeCertificates(scratch);
  const url = await startSpeedServer(key, certificate);
  const tls = {
    "the platform's certificates and one more": await measured(url, {
      env: { NODE_EXTRA_CA_CERTS: authority },
      ca: authority,
    }),
    "only one certificate": await measured(url, {
      env: { SSL_CERT_FILE: authority, NODE_EXTRA_CA_CERTS: authority },
      ca: authority,
    }),
  };
  for (const [name, result] of Object.entries(tls)) console.log(table(`HTTPS, ${name}`, result));
  const memory = await measureMemory(plainUrl);
  console.log(memoryTables(memory));
  const all = bounds(plain, tls, memory);
  console.log("\n| bound | | measured | |\n|---|---|---|---|");
  for (const bound of all) {
    const [what, value, sign, limit] = bound;
    const wanted = `${sign === ">=" ? "≥" : "≤"} ${limit}`;
    console.log(`| ${what} | ${wanted} | ${number(value)} | ${holds(bound) ? "" : "MISSED"} |`);
  }
  const [start, end] = [before, loadavg()[0]].map((value) => value.toFixed(1));
  console.log(`\nThe machine has ${availableParallelism()} cores.`);
  console.log(`Its load average was ${start} before the measurement and ${end} after it.`);
  process.exitCode = all.every(holds) ? 0 : 1;
} finally {
  for (const { stop } of servers) stop();
  rmSync(scratch, { recursive: true, force: true });
}
