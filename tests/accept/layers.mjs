// Called by run.sh: layers.mjs MCPGEN SCRATCH [--all]
//
// OpenCode and Kilo merge their two files field by field. If both have an entry of one name, does
// mcpgen report a conflict, and does the client start mcpgen's launch after the suggested command?
// Kilo runs only with --all.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parsers } from "../lib/client-lists.mjs";
import { requirePackages } from "../lib/packages.mjs";
import { clients } from "../lib/pinned.mjs";
import { mustSucceed, runProgram } from "../lib/process.mjs";
import { listCommand, stdioServer } from "./scratch-home.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
// The file that mcpgen writes, and another file that the client merges with it.
const files = {
  opencode: ["opencode/opencode.json", "opencode/opencode.jsonc"],
  kilo: ["kilo/kilo.jsonc", "kilo/opencode.jsonc"],
};
const all = process.argv[4] === "--all";
const names = Object.keys(files).filter((name) => all || !clients[name].big);

requirePackages(names.map((name) => [name, clients[name]]));
for (const name of names) {
  const errors = await check(name);
  console.log(
    `${errors.length === 0 ? "ok  " : "FAIL"} ${name.padEnd(12)} ${clients[name].version}: an entry in another file that it merges`,
  );
  for (const error of errors) console.log(`       ${error}`);
  if (errors.length > 0) process.exitCode = 1;
}

/** Returns the errors of one client. */
async function check(name) {
  const client = clients[name];
  const home = join(scratch, "layers", name);
  const [written, other] = files[name].map((file) => join(home, ".config", file));
  const declaration = join(home, "mcp.toml");
  const env = { PATH: process.env.PATH, HOME: home, NODE_NO_WARNINGS: "1" };
  const errors = [];

  function expect(what, actual, expected) {
    if (actual !== expected) errors.push(`${what}: ${actual}, not ${expected}`);
  }

  /** How the client starts the server `ours`. */
  async function launch() {
    const { program, args, env: own } = listCommand(client, {});
    const { stdout } = await mustSucceed(program, args, { cwd: home, env: { ...env, ...own } });
    return Object.fromEntries(parsers[name](stdout)).ours?.launch;
  }

  mkdirSync(join(written, ".."), { recursive: true });
  writeFileSync(written, "{}");
  const entry = { type: "local", command: ["false"], enabled: true };
  writeFileSync(other, JSON.stringify({ mcp: { ours: entry } }));
  writeFileSync(
    declaration,
    `clients = ["${name}"]

[servers.ours]
command = "node"
args = ["${stdioServer}"]
env = { ACCEPT = "yes" }
`,
  );

  const run = (...args) => runProgram(mcpgen, [...args, "-f", declaration], { cwd: home, env });
  expect("apply exits with", (await run("apply")).code, 4);
  expect("the client starts", await launch(), "false");
  expect("apply --adopt exits with", (await run("apply", "--adopt", "ours")).code, 0);
  expect("the client then starts", await launch(), `node ${stdioServer}`);
  expect("plan exits with", (await run("plan", "--exit-code")).code, 0);
  return errors;
}
