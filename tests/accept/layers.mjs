// Called by run.sh: layers.mjs MCPGEN SCRATCH [--all]
//
// OpenCode and Kilo merge their two files field by field. If both have an entry of one name, does
// mcpgen report a conflict, and does the client start mcpgen's launch after the suggested command?
// Kilo runs only with --all.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { requirePackages } from "../lib/packages.mjs";
import { clients } from "../lib/pinned.mjs";
import { runProgram } from "../lib/process.mjs";
import {
  homeEnvironment,
  listServers,
  ourServer,
  reportErrors,
  stdioServer,
} from "./scratch-home.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
// The file that mcpgen writes, and another file that the client merges with it.
const files = {
  opencode: ["opencode/opencode.json", "opencode/opencode.jsonc"],
  kilo: ["kilo/kilo.jsonc", "kilo/opencode.jsonc"],
};
const all = process.argv[4] === "--all";
const names = Object.keys(files).filter((name) => all || !clients[name].big);

requirePackages(names.map((name) => [name, clients[name]]));
for (const name of names)
  reportErrors(name, clients[name], "an entry in another file that it merges", await check(name));

/** Returns the errors of one client. */
async function check(name) {
  const home = join(scratch, "layers", name);
  const [written, other] = files[name].map((file) => join(home, ".config", file));
  const declaration = join(home, "mcp.toml");
  const env = homeEnvironment(home);
  const errors = [];

  function expect(what, actual, expected) {
    if (actual !== expected) errors.push(`${what}: ${actual}, not ${expected}`);
  }

  /** How the client starts the server `ours`. */
  async function launch() {
    const servers = await listServers(name, clients[name], home);
    return Object.fromEntries(servers).ours?.launch;
  }

  mkdirSync(join(written, ".."), { recursive: true });
  writeFileSync(written, "{}");
  const entry = { type: "local", command: ["false"], enabled: true };
  writeFileSync(other, JSON.stringify({ mcp: { ours: entry } }));
  writeFileSync(declaration, `clients = ["${name}"]\n${ourServer}`);

  const run = (...args) => runProgram(mcpgen, [...args, "-f", declaration], { cwd: home, env });
  expect("apply exits with", (await run("apply")).code, 4);
  expect("the client starts", await launch(), "false");
  expect("apply --adopt exits with", (await run("apply", "--adopt", "ours")).code, 0);
  expect("the client then starts", await launch(), `node ${stdioServer}`);
  expect("plan exits with", (await run("plan", "--exit-code")).code, 0);
  return errors;
}
