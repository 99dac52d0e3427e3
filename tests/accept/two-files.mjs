// Called by run.sh: two-files.mjs MCPGEN SCRATCH
//
// Claude Code has two user files: `~/.claude.json`, and `~/.claude/.config.json` from older
// versions, which replaces the other one where it exists. With both present, does mcpgen plan and
// write the file that Claude Code reads?
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { requirePackages } from "../lib/packages.mjs";
import { clients } from "../lib/pinned.mjs";
import { mustSucceed } from "../lib/process.mjs";
import {
  homeEnvironment,
  listServers,
  ourServer,
  reportErrors,
  stdioServer,
} from "./scratch-home.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const home = join(scratch, "two-files");
const project = join(home, "project");
const read = join(home, ".claude", ".config.json");
const ignored = join(home, ".claude.json");
const declaration = join(home, "mcp.toml");
const client = clients["claude-code"];

const errors = [];
function expect(what, actual, expected) {
  if (isDeepStrictEqual(actual, expected)) return;
  errors.push(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
}

const run = (command, args) =>
  mustSucceed(command, args, { cwd: project, env: homeEnvironment(home) });

/** The names of the servers that Claude Code lists, each of which must connect. */
async function listed() {
  const servers = await listServers("claude-code", client, home, { cwd: project });
  for (const [name, { status }] of servers)
    expect(`\`${name}\` connects`, /\bconnected$/i.test(status), true);
  return servers.map(([name]) => name).sort();
}

const serversIn = (file) => Object.keys(JSON.parse(readFileSync(file, "utf8")).mcpServers).sort();

/** A user's own file with one server. */
function writeUserFile(file, name) {
  const entry = { type: "stdio", command: "node", args: [stdioServer], env: { ACCEPT: "yes" } };
  writeFileSync(file, JSON.stringify({ mcpServers: { [name]: entry } }, null, 2));
}

requirePackages([["claude-code", client]]);
mkdirSync(project, { recursive: true });
mkdirSync(join(home, ".claude"));
writeUserFile(read, "in-read");
writeUserFile(ignored, "in-ignored");
writeFileSync(declaration, `clients = ["claude-code"]\n${ourServer}`);
const untouched = readFileSync(ignored, "utf8");

expect("Claude Code lists before", await listed(), ["in-read"]);
const { stdout: plan } = await run(mcpgen, ["plan", "--json", "-f", declaration]);
const targets = JSON.parse(plan).targets.map(({ path, changes }) => ({
  path,
  changes: changes.map(({ name, change }) => `${change} ${name}`),
}));
expect("plan", targets, [{ path: read, changes: ["add ours"] }]);
await run(mcpgen, ["apply", "-f", declaration]);
expect("the file that Claude Code reads has", serversIn(read), ["in-read", "ours"]);
expect("the other file is as before", readFileSync(ignored, "utf8") === untouched, true);
expect("Claude Code lists after", await listed(), ["in-read", "ours"]);
await run(mcpgen, ["plan", "--exit-code", "-f", declaration]);

const promise = "two user files, and mcpgen writes the one that it reads";
reportErrors("claude-code", client, promise, errors);
