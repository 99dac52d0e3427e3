// Called by run.sh: accept.mjs MCPGEN SCRATCH [--all]
//
// A client in clients.json: its npm `package` and `version`; the `command` that lists its servers, run with `env`; the
// `file` that mcpgen writes; whether the command `connects` to the servers; and the words of a `harmless` warning.
// One without such a command is asked something: its `env`, or a file of its own `settings`, names model.mjs (@MODEL@).
// `big`: hundreds of megabytes or long to start, so it is run with --all alone.
// `python`: the package comes from PyPI, with its `extra`.
// `newer-node`: it runs on the `node` in clients.json; `without-scripts`: npm runs none of the package's own programs.
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { run as runToItsEnd } from "../login/process.mjs";
import { install, program } from "./peers.mjs";
import { readers } from "./readers.mjs";
import { filled, start } from "./scripts.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const all = process.argv[4] === "--all";
const here = dirname(fileURLToPath(import.meta.url));
const {
  bridge,
  node,
  clients: every,
} = JSON.parse(readFileSync(join(here, "clients.json"), "utf8"));
const clients = Object.fromEntries(
  Object.entries(every).filter(([, client]) => all || !client.big),
);

let home; // of the round that is run
const project = join(scratch, "project");
const temporary = join(scratch, "tmp");
const declaration = join(scratch, "mcp.toml");
const complaint = /invalid|unrecogni[sz]ed|unknown|warning|skipped|error|could not/i;

// ---- running things ----

/** Runs a program with the scratch home. `ending` is empty where it ended well. */
async function run(command, args, env = {}) {
  const started = performance.now();
  const { code, stdout, stderr } = await runToItsEnd(command, args, {
    cwd: project,
    // Node's own warnings about a client's code are no complaint about its configuration.
    env: { PATH: process.env.PATH, HOME: home, TMPDIR: temporary, NODE_NO_WARNINGS: "1", ...env },
  });
  const ending = code === 0 ? [] : [`exit ${code}`];
  return { ending, stdout, stderr, seconds: (performance.now() - started) / 1000 };
}

/** Does something with each item, three at a time: clients mostly wait. The answers have the items' order. */
async function severalAtOnce(items, does) {
  const answers = [];
  const left = items.entries();
  const worker = async () => {
    for (const [at, item] of left) answers[at] = await does(item);
  };
  await Promise.all([worker(), worker(), worker()]);
  return answers;
}

/** Copies a file so. */
function fill(from, to, values) {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, filled(readFileSync(from, "utf8"), values));
}

// ---- what is to be seen ----

/** The lines of a file without the commas at their ends: an entry added after them may need one there. */
const linesOf = (text) => text.split("\n").map((line) => line.trim().replace(/,$/, ""));

function lost(seed, applied) {
  const kept = new Set(linesOf(applied));
  return linesOf(seed)
    .filter((line) => !kept.has(line))
    .map((line) => `the user's own line is gone: ${line}`);
}

function misread(expected, seen, connects) {
  return Object.entries(expected).flatMap(([name, { transport, launch }]) => {
    const server = seen.get(name);
    if (!server) return [`\`${name}\` is not listed`];
    const faults = [];
    const read = "transport" in server ? server.transport : transport;
    if (read !== transport) faults.push(`\`${name}\` is read as ${read}, not ${transport}`);
    if ((server.launch ?? launch) !== launch)
      faults.push(`\`${name}\` launches ${server.launch}, not ${launch}`);
    const connected = /(^|\W)connected$/i.test(server.status);
    if (connects && !connected) faults.push(`\`${name}\` does not connect: ${server.status}`);
    return faults;
  });
}

function complaints({ stdout, stderr }, harmless) {
  return `${stdout}\n${stderr}`
    .split("\n")
    .filter((line) => complaint.test(line) && !(harmless && line.includes(harmless)))
    .map((line) => `it complains: ${line.trim()}`);
}

/** Lists one client's servers; the answer is what was seen, or what is wrong and all the client said. */
async function list(name, client, expected, values) {
  const file = join(home, client.file);
  const applied = readFileSync(file, "utf8");
  const path = client["newer-node"]
    ? { PATH: `${dirname(program(node))}:${process.env.PATH}` }
    : {};
  const env = Object.entries(client.env ?? {}).map(([name, value]) => [
    name,
    filled(value, values),
  ]);
  const said = await run(program(client), client.command.slice(1), {
    ...Object.fromEntries(env),
    ...path,
  });
  const faults = [...said.ending, ...complaints(said, client.harmless)];
  if (said.ending.length > 0) return { faults, notes: [], said };

  let seen;
  try {
    // Gemini CLI prints its list to stderr.
    seen = new Map(readers[name](said.stdout.trim() || said.stderr));
  } catch (error) {
    return { faults: [...faults, `its list cannot be read: ${error.message}`], notes: [], said };
  }
  faults.push(...misread(expected, seen, client.connects));
  const notes = [[...seen.keys()].sort().join(" ")];
  if (client.connects && faults.length === 0) notes.push("connected");
  if (readFileSync(file, "utf8") !== applied) notes.push("rewrote its file");
  return { faults, notes, said };
}

// ---- the run ----

const tally = { passed: 0, failed: 0 };

function report(name, version, { faults, notes, said }) {
  const passed = faults.length === 0;
  tally[passed ? "passed" : "failed"] += 1;
  const seconds = said ? `${said.seconds.toFixed(1)} s` : "";
  const columns = [
    passed ? "ok  " : "FAIL",
    name.padEnd(12),
    version.padEnd(23),
    notes.join(", ").padEnd(52),
    seconds,
  ];
  console.log(columns.join(" ").trimEnd());
  if (passed) return;
  for (const fault of faults) console.log(`       ${fault}`);
  for (const stream of ["stdout", "stderr"]) {
    const text = said?.[stream].trimEnd();
    if (text) console.log(text.replace(/^/gm, `       ${stream} | `));
  }
}

async function mcpgenDoes(args, note) {
  const said = await run(mcpgen, [...args, "-f", declaration]);
  report("mcpgen", args[0], { faults: said.ending, notes: [note], said });
  return said.ending.length === 0;
}

/** One round: in a home with files somebody has lived in, or in one where mcpgen makes every file. */
async function accept(url, model, livedIn) {
  const stdio = join(here, "stdio.mjs");
  const proxy = realpathSync(program(bridge));
  home = join(scratch, livedIn ? "lived-in" : "fresh");
  const auth = join(home, "auth");
  const token = join(home, "token");
  const values = {
    STDIO: stdio,
    BRIDGE: proxy,
    URL: url,
    MODEL: model,
    AUTH: auth,
    MCPGEN: mcpgen,
    TOKEN: token,
  };
  const local = { transport: "stdio", launch: `node ${stdio}` };
  const expected = {
    tiny: local,
    open: { transport: "http", launch: url },
    signed: { transport: "stdio", launch: `node ${proxy} ${url}` },
    hidden: { transport: "stdio", launch: `${mcpgen} exec hidden -f ${declaration}` },
  };

  mkdirSync(home);
  writeFileSync(token, "of this run alone\n", { mode: 0o600 });
  fill(join(here, "mcp.toml"), declaration, values);
  for (const { settings } of Object.values(clients)) {
    if (settings) fill(join(here, "home", settings), join(home, settings), values);
  }
  const seeds = new Map();
  if (livedIn) {
    expected.mine = local;
    for (const [name, { file }] of Object.entries(clients)) {
      fill(join(here, "home", file), join(home, file), values);
      seeds.set(name, readFileSync(join(home, file), "utf8"));
    }
  }
  const written = livedIn ? "every lived-in file merged" : "every file made";
  if (!(await mcpgenDoes(["apply"], written))) return;

  const found = await severalAtOnce(Object.entries(clients), async ([name, client]) => {
    const gone = lost(seeds.get(name) ?? "", readFileSync(join(home, client.file), "utf8"));
    const seen = await list(name, client, expected, values);
    return [name, client.version, { ...seen, faults: [...gone, ...seen.faults] }];
  });
  for (const seen of found) report(...seen);

  const astray = existsSync(join(home, ".mcp-auth")) || !existsSync(auth);
  const faults = astray ? ["a client started it without `launch.env`"] : [];
  report("mcp-remote", bridge.version, {
    faults,
    notes: ["used the folder that `launch.env` names"],
  });
  await mcpgenDoes(["plan", "--exit-code", "--diff"], "no drift by what the clients rewrote");
}

const missing = Object.entries({ bridge, node, ...clients })
  .map(([name, peer]) => install(name, peer))
  .filter(Boolean);
if (missing.length > 0) {
  console.error(missing.join("\n"));
  process.exit(1);
}

const { server, url } = await start("http.mjs");
const { server: model, url: modelUrl } = await start("model.mjs");
try {
  mkdirSync(project);
  mkdirSync(temporary);
  await accept(url, modelUrl, true);
  await accept(url, modelUrl, false);
} finally {
  server.kill();
  model.kill();
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
