// Called by run.sh: clients-environment.mjs MCPGEN SCRATCH [--all | CLIENT…]
//
// What does each client pass of its own environment to a server, and do secrets reach the server?
// Every client that can be made to start its servers starts four of them:
//
// - `plain`, a program without secrets, shows what the client passes. The column `environment` of
//   the client table must say the same.
// - `hidden` gets secrets from two variables and from a file whose path has a variable.
// - `unset` needs a variable that is not set, so it must not start.
//
// A client in clients.json whose list command starts no server has a `start` command, with its own
// `env`. With MCPGEN_BLESS=1, the results go to environment.json, from which docs/reference/clients.md is made.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { endProcessesOf } from "../lib/leftovers.mjs";
import { requirePackages } from "../lib/packages.mjs";
import { clients, newerNode } from "../lib/pinned.mjs";
import { mustSucceed, runProgram } from "../lib/process.mjs";
import { copyFilledIn, here, listCommand, withServers } from "./scratch-home.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const chosen = process.argv.slice(4).filter(Boolean);
const all = chosen[0] === "--all";
const runs = (name) =>
  chosen.length > 0 && !all ? chosen.includes(name) : all || !clients[name].big;
const names = Object.keys(clients).filter(
  (name) => (clients[name].connects || clients[name].start) && runs(name),
);
const home = join(scratch, "environment");
const project = join(home, "project");
const runtime = join(home, "run");
const declaration = join(home, "mcp.toml");
const record = join(here, "environment.json");

/** Variables of the client: two with the name of a secret, one with the value of one, others. */
const variables = {
  GITHUB_TOKEN: "of this run too",
  ACCEPT_TOKEN: "of this run alone",
  ACCEPT_LOGIN: `ghp_${"0123456789".repeat(4)}`,
  ACCEPT_THING: "a thing",
  XDG_RUNTIME_DIR: runtime,
  DBUS_SESSION_BUS_ADDRESS: "unix:path=/none",
};
const secrets = {
  FIRST: variables.GITHUB_TOKEN,
  SECOND: variables.ACCEPT_TOKEN,
  THIRD: variables.ACCEPT_LOGIN,
  FOURTH: "in a file",
};

function declare(directory) {
  const program = (name, seen) =>
    `command = "node"\nargs = ${JSON.stringify([join(here, "environment-server.mjs"), join(directory, name), ...seen])}`;
  writeFileSync(
    declaration,
    `clients = ${JSON.stringify(names)}

[launch]
mcpgen = "${mcpgen}"

[servers.plain]
${program("plain", Object.keys(variables))}

[servers.hidden]
${program("hidden", Object.keys(secrets))}
secrets.FIRST = "env:GITHUB_TOKEN"
secrets.SECOND = "env:ACCEPT_TOKEN"
secrets.THIRD = "env:ACCEPT_LOGIN"
secrets.FOURTH = "file:\${XDG_RUNTIME_DIR}/secret"

[servers.unset]
${program("unset", [])}
secrets.NONE = "env:ACCEPT_UNSET"
`,
  );
}

/** Starts a client in the scratch home, until it exits. */
async function start(client, values) {
  const { start: own } = client;
  const { program, args, env } = listCommand({ ...client, ...own }, values);
  return await runProgram(program, args, {
    cwd: project,
    env: { PATH: process.env.PATH, HOME: home, NODE_NO_WARNINGS: "1", ...variables, ...env },
  });
}

const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined);

/** What a client passes: every variable, all but those that look like secrets, or few. */
function passed(seen) {
  const all = Object.keys(variables).map((name) => seen[name] !== null);
  if (seen.ACCEPT_THING === null) return "cleared"; // some clients pass a few of the others
  return all.every((is) => is) ? "all" : "strips-secrets";
}

async function check(name, row, values) {
  const seenIn = join(home, "seen", name);
  mkdirSync(seenIn, { recursive: true });
  declare(seenIn);
  const applied = await mustSucceed(mcpgen, ["apply", name, "-f", declaration], {
    cwd: project,
    env: { PATH: process.env.PATH, HOME: home },
  });
  const run = await start(clients[name], values);
  endProcessesOf(home);
  const [plain, hidden, unset] = ["plain", "hidden", "unset"].map((it) => read(join(seenIn, it)));
  if (!plain) return { run, errors: ["it did not start `plain`"] };
  const environment = passed(plain);
  const reached = hidden && Object.keys(secrets).every((it) => hidden[it] === secrets[it]);
  const errors = [];
  if (environment !== (row.environment ?? "all"))
    errors.push(
      `it passes ${environment}: ${JSON.stringify(plain)}, and its row says ${row.environment}`,
    );
  const should = environment === "all" || row.names_variables;
  if (Boolean(reached) !== should)
    errors.push(
      `secrets ${reached ? "reach" : "do not reach"} the server: ${JSON.stringify(hidden)}`,
    );
  if (applied.stderr.includes("does not pass") === should)
    errors.push(`apply says about what does not reach the server: ${applied.stderr}`);
  if (unset) errors.push("a server started although its variable is not set");
  return { run, errors, result: { environment, secrets: Boolean(reached) } };
}

requirePackages([newerNode, ...names.map((name) => [name, clients[name]])]);
mkdirSync(project, { recursive: true });
mkdirSync(runtime);
writeFileSync(join(runtime, "secret"), `${secrets.FOURTH}\n`, { mode: 0o600 });
const { stdout } = await mustSucceed(mcpgen, ["clients", "--json"], {
  env: { PATH: process.env.PATH, HOME: home },
});
const rows = Object.fromEntries(JSON.parse(stdout).map((row) => [row.name, row]));
const recorded = read(record) ?? {};
let failed = 0;
await withServers(async (url, model) => {
  const values = { URL: url, MODEL: model };
  for (const name of names) {
    const { settings, version } = clients[name];
    if (settings) copyFilledIn(join(here, "home", settings), join(home, settings), values);
    const { run, errors, result } = await check(name, rows[name], values);
    console.log(
      `${errors.length ? "FAIL" : "ok  "} ${name.padEnd(12)} ${version.padEnd(23)} ${JSON.stringify(result)}`,
    );
    for (const error of errors) console.log(`       ${error}`);
    if (errors.length > 0) {
      failed += 1;
      for (const stream of ["stdout", "stderr"])
        console.log(run[stream].trimEnd().slice(-2000).replace(/^/gm, `       ${stream} | `));
    } else recorded[name] = { version, date: new Date().toISOString().slice(0, 10), ...result };
  }
});
if (process.env.MCPGEN_BLESS) {
  const sorted = Object.fromEntries(Object.entries(recorded).sort());
  writeFileSync(record, `${JSON.stringify(sorted, null, 2)}\n`);
}
console.log(
  `environment: ${failed === 0 ? "every secret reaches its server, or is reported" : `${failed} failed`}`,
);
process.exitCode = failed === 0 ? 0 : 1;
