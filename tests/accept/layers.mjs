// Called by run.sh: layers.mjs MCPGEN SCRATCH
//
// OpenCode merges `opencode.json` and `opencode.jsonc` field by field. If both have an entry of one name, does mcpgen
// report a conflict, and does OpenCode start mcpgen's launch after the suggested command?
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parsers } from "../lib/client-lists.mjs";
import { requirePackages } from "../lib/packages.mjs";
import { clients } from "../lib/pinned.mjs";
import { mustSucceed, runProgram } from "../lib/process.mjs";
import { listCommand, stdioServer } from "./scratch-home.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const home = join(scratch, "layers");
const settings = join(home, ".config", "opencode");
const declaration = join(home, "mcp.toml");
const client = clients.opencode;
const env = { PATH: process.env.PATH, HOME: home, NODE_NO_WARNINGS: "1" };
const errors = [];

function expect(what, actual, expected) {
  if (actual !== expected) errors.push(`${what}: ${actual}, not ${expected}`);
}

/** How OpenCode lists the server `ours`. */
async function listed() {
  const { program, args, env: own } = listCommand(client, {});
  const { stdout } = await mustSucceed(program, args, { cwd: home, env: { ...env, ...own } });
  return Object.fromEntries(parsers.opencode(stdout)).ours;
}

requirePackages([["opencode", client]]);
mkdirSync(settings, { recursive: true });
writeFileSync(join(settings, "opencode.json"), "{}");
const entry = { type: "local", command: ["false"], enabled: true };
writeFileSync(join(settings, "opencode.jsonc"), JSON.stringify({ mcp: { ours: entry } }));
writeFileSync(
  declaration,
  `clients = ["opencode"]

[servers.ours]
command = "node"
args = ["${stdioServer}"]
env = { ACCEPT = "yes" }
`,
);

const run = (...args) => runProgram(mcpgen, [...args, "-f", declaration], { cwd: home, env });
expect("apply exits with", (await run("apply")).code, 4);
expect("OpenCode starts", (await listed()).launch, "false");
expect("apply --adopt exits with", (await run("apply", "--adopt", "ours")).code, 0);
expect("OpenCode then starts", (await listed()).launch, `node ${stdioServer}`);
expect("plan exits with", (await run("plan", "--exit-code")).code, 0);

console.log(
  `${errors.length === 0 ? "ok  " : "FAIL"} opencode     ${client.version}: an entry in another file that it merges`,
);
for (const error of errors) console.log(`       ${error}`);
process.exitCode = errors.length === 0 ? 0 : 1;
