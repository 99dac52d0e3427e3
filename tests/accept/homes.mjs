// Called by run.sh: homes.mjs MCPGEN SCRATCH
//
// A client with two homes, and an entry with two owners. Does the client list the server in each of
// its homes, until the home is dropped or the last owner drops the server?
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parsers } from "../lib/client-lists.mjs";
import { requirePackages } from "../lib/packages.mjs";
import { clients } from "../lib/pinned.mjs";
import { mustSucceed } from "../lib/process.mjs";
import { listCommand, stdioServer } from "./scratch-home.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const variables = { "claude-code": "CLAUDE_CONFIG_DIR", codex: "CODEX_HOME" };
const names = Object.keys(variables);

requirePackages(names.map((name) => [name, clients[name]]));
const errors = await Promise.all(names.map(check));
names.forEach((name, at) => {
  const word = errors[at].length === 0 ? "ok  " : "FAIL";
  console.log(`${word} ${name.padEnd(12)} ${clients[name].version}: two homes and two owners`);
  for (const error of errors[at]) console.log(`       ${error}`);
});
process.exitCode = errors.flat().length === 0 ? 0 : 1;

/** Returns the errors of one client. */
async function check(name) {
  const home = join(scratch, "homes", name);
  const work = join(home, "work");
  const usual = { PATH: process.env.PATH, HOME: home, NODE_NO_WARNINGS: "1" };
  const found = [];
  mkdirSync(work, { recursive: true });

  const run = (program, args, env) => mustSucceed(program, args, { cwd: home, env });

  /** Applies a declaration of the client with this text. */
  async function apply(owner, ...rest) {
    const file = join(home, `${owner}.toml`);
    writeFileSync(file, [`clients = ["${name}"]`, ...rest].join("\n"));
    await run(mcpgen, ["apply", "-f", file], usual);
  }

  async function expectListed(where, env, expected) {
    const { program, args, env: own } = listCommand(clients[name], {});
    const { stdout } = await run(program, args, { ...usual, ...own, ...env });
    const listed = parsers[name](stdout).map(([server]) => server);
    if (listed.join() !== expected.join())
      found.push(`${where} has [${listed}], not [${expected}]`);
  }

  const inWork = { [variables[name]]: work };
  const homes = ["[homes]", `${name} = ["~/work"]`];
  const server = ["[servers.ours]", 'command = "node"', `args = ["${stdioServer}"]`];
  server.push('env = { ACCEPT = "yes" }');

  await apply("one", ...homes, ...server);
  await apply("two", ...server);
  await expectListed("the usual home", {}, ["ours"]);
  await expectListed("the other home", inWork, ["ours"]);
  await apply("one", ...server);
  await expectListed("a home that was dropped", inWork, []);
  await apply("one");
  await expectListed("the home of another owner", {}, ["ours"]);
  await apply("two");
  await expectListed("the home without an owner", {}, []);
  return found;
}
