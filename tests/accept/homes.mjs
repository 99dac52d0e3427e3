// Called by run.sh: homes.mjs MCPGEN SCRATCH
//
// A client with two homes, and an entry with two owners. Does the client list the server in each of
// its homes, until the home is dropped or the last owner drops the server?
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { requirePackages } from "../lib/packages.mjs";
import { clients } from "../lib/pinned.mjs";
import { mustSucceed } from "../lib/process.mjs";
import { homeEnvironment, listServers, ourServer, reportErrors } from "./scratch-home.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const variables = { "claude-code": "CLAUDE_CONFIG_DIR", codex: "CODEX_HOME" };
const names = Object.keys(variables);

requirePackages(names.map((name) => [name, clients[name]]));
const errors = await Promise.all(names.map(check));
names.forEach((name, at) => {
  reportErrors(name, clients[name], "two homes and two owners", errors[at]);
});

/** Returns the errors of one client. */
async function check(name) {
  const home = join(scratch, "homes", name);
  const work = join(home, "work");
  const found = [];
  mkdirSync(work, { recursive: true });

  /** Applies a declaration of the client with this text. */
  async function apply(owner, ...rest) {
    const file = join(home, `${owner}.toml`);
    writeFileSync(file, [`clients = ["${name}"]`, ...rest].join("\n"));
    await mustSucceed(mcpgen, ["apply", "-f", file], { cwd: home, env: homeEnvironment(home) });
  }

  async function expectListed(where, env, expected) {
    const servers = await listServers(name, clients[name], home, { env });
    const listed = servers.map(([server]) => server);
    if (listed.join() !== expected.join())
      found.push(`${where} has [${listed}], not [${expected}]`);
  }

  const inWork = { [variables[name]]: work };
  const homes = ["[homes]", `${name} = ["~/work"]`];

  await apply("one", ...homes, ourServer);
  await apply("two", ourServer);
  await expectListed("the usual home", {}, ["ours"]);
  await expectListed("the other home", inWork, ["ours"]);
  await apply("one", ourServer);
  await expectListed("a home that was dropped", inWork, []);
  await apply("one");
  await expectListed("the home of another owner", {}, ["ours"]);
  await apply("two");
  await expectListed("the home without an owner", {}, []);
  return found;
}
