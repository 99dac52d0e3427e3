// Called by run.sh: clients-read.mjs MCPGEN SCRATCH [--all]
//
// A client in clients.json: its `package`, `version` and the other fields of lib/packages.mjs; the
// `command` that lists its servers, run with `env`; the `file` that mcpgen writes; whether the
// command `connects` to the servers; and the words of a `harmless` warning. A client without such a
// command is asked a question: its `env`, or its own file `settings`, names model-server.mjs
// (@MODEL@). `big`: it has hundreds of megabytes or starts slowly, so it runs only with --all.
// `newer-node`: it runs with the newer Node of pins.json.
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parsers } from "../lib/client-lists.mjs";
import { requirePackages } from "../lib/packages.mjs";
import { clients as everyClient, newerNode, newest, remote, remoteScript } from "../lib/pinned.mjs";
import { runProgram } from "../lib/process.mjs";
import { atOnce } from "../lib/record.mjs";
import { copyFilledIn, here, listCommand, stdioServer, withServers } from "./scratch-home.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const all = process.argv[4] === "--all";
const clients = Object.fromEntries(
  Object.entries(everyClient).filter(([, client]) => all || !client.big),
);

let home; // of the current round
const project = join(scratch, "project");
const temporary = join(scratch, "tmp");
const declaration = join(scratch, "mcp.toml");
const complaint = /invalid|unrecogni[sz]ed|unknown|warning|skipped|error|could not/i;

// ---- running programs ----

/** Runs a program in the scratch home. `errors` is empty if it succeeds. */
async function run(command, args, env = {}) {
  const started = performance.now();
  const { code, stdout, stderr } = await runProgram(command, args, {
    cwd: project,
    // Node's own warnings about a client's code are not complaints about its configuration.
    env: {
      PATH: process.env.PATH,
      HOME: home,
      TMPDIR: temporary,
      NODE_NO_WARNINGS: "1",
      ...env,
    },
  });
  const errors = code === 0 ? [] : [`exit ${code}`];
  return { errors, stdout, stderr, seconds: (performance.now() - started) / 1000 };
}

// ---- what each client must show ----

/**
 * The lines of a file without their final commas: an entry that is added after a line may need one
 * there.
 */
const linesOf = (text) => text.split("\n").map((line) => line.trim().replace(/,$/, ""));

function lostLines(seed, applied) {
  const kept = new Set(linesOf(applied));
  return linesOf(seed)
    .filter((line) => !kept.has(line))
    .map((line) => `the user's own line is gone: ${line}`);
}

function listErrors(expected, listed, connects) {
  return Object.entries(expected).flatMap(([name, { transport, launch }]) => {
    const server = listed.get(name);
    if (!server) return [`\`${name}\` is not listed`];
    const errors = [];
    const shown = "transport" in server ? server.transport : transport;
    if (shown !== transport) errors.push(`\`${name}\` has transport ${shown}, not ${transport}`);
    if ((server.launch ?? launch) !== launch)
      errors.push(`\`${name}\` launches ${server.launch}, not ${launch}`);
    const connected = /(^|\W)connected$/i.test(server.status);
    if (connects && !connected) errors.push(`\`${name}\` does not connect: ${server.status}`);
    return errors;
  });
}

function complaints({ stdout, stderr }, harmless) {
  return `${stdout}\n${stderr}`
    .split("\n")
    .filter((line) => complaint.test(line) && !(harmless && line.includes(harmless)))
    .map((line) => `it complains: ${line.trim()}`);
}

/** Lists a client's servers. Returns what is wrong and what is worth a note. */
async function list(name, client, expected, values) {
  const file = join(home, client.file);
  const applied = readFileSync(file, "utf8");
  const { program, args, env } = listCommand(client, values);
  const output = await run(program, args, env);
  const errors = [...output.errors, ...complaints(output, client.harmless)];
  if (output.errors.length > 0) return { errors, notes: [], output };

  let listed;
  try {
    // Gemini CLI prints its list to stderr.
    listed = new Map(parsers[name](output.stdout.trim() || output.stderr));
  } catch (error) {
    return { errors: [...errors, `cannot parse its list: ${error.message}`], notes: [], output };
  }
  errors.push(...listErrors(expected, listed, client.connects));
  const notes = [[...listed.keys()].sort().join(" ")];
  if (client.connects && errors.length === 0) notes.push("connected");
  if (readFileSync(file, "utf8") !== applied) notes.push("rewrote its file");
  return { errors, notes, output };
}

// ---- the run ----

const tally = { passed: 0, failed: 0 };

function report(name, version, { errors, notes, output }) {
  const passed = errors.length === 0;
  tally[passed ? "passed" : "failed"] += 1;
  const seconds = output ? `${output.seconds.toFixed(1)} s` : "";
  const columns = [name.padEnd(12), version.padEnd(23), notes.join(", ").padEnd(52), seconds];
  console.log([passed ? "ok  " : "FAIL", ...columns].join(" ").trimEnd());
  if (passed) return;
  for (const error of errors) console.log(`       ${error}`);
  for (const stream of ["stdout", "stderr"]) {
    const text = output?.[stream].trimEnd();
    if (text) console.log(text.replace(/^/gm, `       ${stream} | `));
  }
}

async function runMcpgen(args, note) {
  const output = await run(mcpgen, [...args, "-f", declaration]);
  report("mcpgen", args[0], { errors: output.errors, notes: [note], output });
  return output.errors.length === 0;
}

/**
 * Writes the declaration and the clients' own settings. Returns what to fill in, and what every
 * client must list.
 */
function prepareHome(url, model) {
  const bridge = realpathSync(remoteScript(newest));
  const auth = join(home, "auth");
  const token = join(home, "token");
  const values = {
    STDIO: stdioServer,
    BRIDGE: bridge,
    URL: url,
    MODEL: model,
    AUTH: auth,
    MCPGEN: mcpgen,
    TOKEN: token,
  };
  mkdirSync(home);
  writeFileSync(token, "of this run alone\n", { mode: 0o600 });
  copyFilledIn(join(here, "mcp.toml"), declaration, values);
  for (const { settings } of Object.values(clients))
    if (settings) copyFilledIn(join(here, "home", settings), join(home, settings), values);
  const expected = {
    tiny: { transport: "stdio", launch: `node ${stdioServer}` },
    open: { transport: "http", launch: url },
    signed: { transport: "stdio", launch: `node ${bridge} ${url}` },
    hidden: { transport: "stdio", launch: `${mcpgen} exec hidden -f ${declaration}` },
  };
  return { auth, values, expected };
}

/**
 * One round: with files that have other entries and settings, or with files that mcpgen creates.
 */
async function checkRound(url, model, existing) {
  home = join(scratch, existing ? "existing" : "fresh");
  const { auth, values, expected } = prepareHome(url, model);
  const seeds = new Map();
  if (existing) {
    expected.mine = expected.tiny;
    for (const [name, { file }] of Object.entries(clients)) {
      copyFilledIn(join(here, "home", file), join(home, file), values);
      seeds.set(name, readFileSync(join(home, file), "utf8"));
    }
  }
  const note = existing ? "every existing file merged" : "every file created";
  if (!(await runMcpgen(["apply"], note))) return;

  const results = await atOnce(3, Object.entries(clients), async ([name, client]) => {
    const applied = readFileSync(join(home, client.file), "utf8");
    const lost = lostLines(seeds.get(name) ?? "", applied);
    const result = await list(name, client, expected, values);
    return [name, client.version, { ...result, errors: [...lost, ...result.errors] }];
  });
  for (const result of results) report(...result);

  const elsewhere = existsSync(join(home, ".mcp-auth")) || !existsSync(auth);
  const errors = elsewhere ? ["a client started it without `launch.env`"] : [];
  report("mcp-remote", newest, { errors, notes: ["used the directory that `launch.env` names"] });
  await runMcpgen(["plan", "--exit-code", "--diff"], "no drift from what the clients rewrote");
}

requirePackages([remote(newest), newerNode, ...Object.entries(clients)]);
mkdirSync(project);
mkdirSync(temporary);
await withServers(async (url, model) => {
  await checkRound(url, model, true);
  await checkRound(url, model, false);
});
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
