// `mcpgen bridge` beside mcp-remote, in one run and against one server: how long until the first answer, how much
// memory, how many calls a second, how much later than without a bridge. Prints a table, and fails where a bound is
// missed. The peak with a bound is that of a start and a call, which is what each of many bridges takes on a usual day.
//
//   bridge.mjs MCPGEN [--quick]      MCPGEN is a release build; `--quick` repeats less
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bridge, installAll, newest } from "../tests/login/packages.mjs";
import { certificates } from "./bridge-certificates.mjs";
import { Direct, Started } from "./bridge-client.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [named, ...rest] = process.argv.slice(2);
if (!named) {
  console.error("usage: benches/bridge.mjs MCPGEN [--quick]");
  process.exit(2);
}
const missing = installAll();
if (missing.length > 0) {
  console.error(missing.join("\n"));
  process.exit(1);
}
const mcpgen = resolve(named);
const quick = rest.includes("--quick");
const seconds = quick ? 0.7 : 3; // of calls, for each figure
const starts = quick ? { mcpgen: 15, path: 4, npx: 2 } : { mcpgen: 50, path: 15, npx: 7 };
const inFlight = [1, 8, 64];

const [before] = loadavg();
const scratch = mkdtempSync(join(tmpdir(), "mcpgen-bench-"));
const children = [];

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function server(...tls) {
  const args = [join(here, "bridge-server.mjs"), ...tls];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return new Promise((done) =>
    child.stdout.setEncoding("utf8").once("data", (text) => done(text.trim())),
  );
}

/** What is measured. npx runs from the folder that the package is installed in, so it asks no network. */
function ways(url, env) {
  const path = bridge(newest);
  const folder = path.slice(0, path.indexOf("/node_modules/"));
  const at = { ...base, ...env };
  return {
    npx: { command: ["npx", "--offline", "-y", `mcp-remote@${newest}`, url], env: at, cwd: folder },
    path: { command: [process.execPath, path, url], env: at, cwd: scratch },
    mcpgen: { command: [mcpgen, "bridge", url], env: at, cwd: scratch },
  };
}

const base = {
  PATH: process.env.PATH,
  HOME: scratch,
  MCP_REMOTE_CONFIG_DIR: join(scratch, "cache"),
  NO_COLOR: "1",
};

/** From the start of the program to its first answer, and what it and its children took at most until a call. */
async function start(way) {
  const started = new Started(way);
  try {
    const first = await started.initialize();
    await started.call();
    return { first, peak: started.peak() };
  } finally {
    await started.stop();
  }
}

async function startedOften(way, times) {
  const all = [];
  for (let left = times; left > 0; left -= 1) all.push(await start(way));
  return {
    first: median(all.map(({ first }) => first)),
    peak: Math.max(...all.map(({ peak }) => peak)),
  };
}

/** Calls, so many in flight at every moment: how many are answered in a second, and how long the median one takes. */
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
  await connection.initialize();
  await load(connection, 8); // what is compiled or made on first use is there now
  const all = {};
  for (const count of inFlight) all[count] = await load(connection, count);
  const peak = connection.peak();
  await connection.stop();
  return { ...all, peak };
}

/** Everything over one transport. The direct client is what the server itself takes, and what this program costs. */
async function measured(url, { env = {}, ca, npx = true }) {
  const all = ways(url, env);
  const result = { direct: await loads(new Direct(url, ca)) };
  result.direct.first = await Direct.first(url, ca);
  for (const who of ["mcpgen", "path"]) {
    result[who] = {
      ...(await startedOften(all[who], starts[who])),
      load: await loads(new Started(all[who])),
    };
  }
  if (npx) result.npx = await startedOften(all.npx, starts.npx);
  return result;
}

const number = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

function table(title, { direct, mcpgen: ours, path, npx }) {
  const rate = (load) => inFlight.map((count) => number(load[count].rate)).join(" | ");
  const loaded = (load) => `${number(load.peak)} | ${rate(load)} | ${number(load[1].each)}`;
  const line = (name, { first, peak, load }) =>
    `| ${name} | ${number(first)} | ${number(peak)} | ${load ? loaded(load) : "– | – | – | – | –"} |`;
  const lines = [
    `\n### ${title}\n`,
    "| | first answer, ms | peak, MiB | under load, MiB | calls/s, 1 in flight | 8 | 64 | one call, ms |",
    "|---|---|---|---|---|---|---|---|",
    `| no bridge | ${number(direct.first)} | – | – | ${rate(direct)} | ${number(direct[1].each)} |`,
    line("`mcpgen bridge`", ours),
  ];
  if (path) lines.push(line("mcp-remote by path", path));
  if (npx) lines.push(line("mcp-remote by npx", npx));
  return lines.join("\n");
}

/** The bounds: what, the figure, and what it must not be below or above. */
function bounds(plain, tls) {
  const { direct, mcpgen: ours, path } = plain;
  return [
    ["first answer, times faster than mcp-remote by path", path.first / ours.first, ">=", 50],
    ["first answer over the server's own time, ms", ours.first - direct.first, "<=", 8],
    ["peak, MiB", ours.peak, "<=", 8],
    ...inFlight.map((count) => [
      `calls a second, ${count} in flight, times mcp-remote's`,
      ours.load[count].rate / path.load[count].rate,
      ">=",
      5,
    ]),
    ["a call over one without a bridge, ms", ours.load[1].each - direct[1].each, "<=", 0.3],
    ...Object.entries(tls).flatMap(
      ([
        name,
        {
          mcpgen: { first, peak },
        },
      ]) => [
        [`https, ${name}: first answer, ms`, first, "<=", 30],
        [`https, ${name}: peak, MiB`, peak, "<=", 14],
      ],
    ),
  ];
}

const holds = ([, value, sign, bound]) => (sign === ">=" ? value >= bound : value <= bound);

try {
  const plain = await measured(await server(), {});
  console.log(`# How fast the bridges are

\`just bench-bridge\` (\`benches/bridge.mjs\`) measured all of this in one run and wrote this page; it fails where a bound
is missed. Both bridges stand before the same small server on loopback, which wants no sign-in. Times are medians.
*Peak* is the largest resident set up to the first call, of all processes together; *under load* is the same with 64
calls in flight. Compare figures of one run.`);
  console.log(table("Plain HTTP, answers in JSON", plain));
  const streamed = await measured(`${new URL("/sse", await server())}`, { npx: false });
  console.log(table("Plain HTTP, answers as events", streamed));
  const { authority, key, certificate } = certificates(scratch);
  const url = await server(key, certificate);
  const tls = {
    "the platform's certificates and one more": await measured(url, {
      env: { NODE_EXTRA_CA_CERTS: authority },
      ca: authority,
      npx: false,
    }),
    "one certificate alone": await measured(url, {
      env: { SSL_CERT_FILE: authority, NODE_EXTRA_CA_CERTS: authority },
      ca: authority,
      npx: false,
    }),
  };
  for (const [name, result] of Object.entries(tls)) console.log(table(`HTTPS, ${name}`, result));
  const all = bounds(plain, tls);
  console.log("\n| bound | | measured | |\n|---|---|---|---|");
  for (const bound of all) {
    const [what, value, sign, limit] = bound;
    const wanted = `${sign === ">=" ? "≥" : "≤"} ${limit}`;
    console.log(`| ${what} | ${wanted} | ${number(value)} | ${holds(bound) ? "" : "MISSED"} |`);
  }
  const load = [before, loadavg()[0]].map((value) => value.toFixed(1)).join(" before, ");
  console.log(`\n${availableParallelism()} cores; load average ${load} after`);
  process.exitCode = all.every(holds) ? 0 : 1;
} finally {
  for (const child of children) child.kill();
  rmSync(scratch, { recursive: true, force: true });
}
