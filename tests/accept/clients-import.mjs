// Called by run.sh: clients-import.mjs MCPGEN SCRATCH [--all]
//
// Does every client list the same servers after `import` and `apply --adopt-all` as before? The
// files in by-hand/ and home/ are such as a person writes; a secret in them becomes a variable. A
// client without a list command is asked what its model is offered, as in clients-read.mjs.
import { mkdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parsers } from "../lib/client-lists.mjs";
import { requirePackages } from "../lib/packages.mjs";
import { clients, newerNode, newest, remote, remoteScript } from "../lib/pinned.mjs";
import { mustSucceed } from "../lib/process.mjs";
import { copyFilledIn, firstFile, listCommand, stdioServer, withServers } from "./scratch-home.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const all = process.argv[4] === "--all";
const home = join(scratch, "by-hand");
const project = join(home, "project");
const secret = "of-this-run-4711-alone";
const names = Object.keys(clients).filter((name) => all || !clients[name].big);
const path = `${dirname(mcpgen)}:${process.env.PATH}`; // the mcpgen under test comes first

/** Runs a program in the scratch home. */
const run = (command, args, env = {}) =>
  mustSucceed(command, args, {
    cwd: project,
    env: { PATH: path, HOME: home, HIDDEN_TOKEN: secret, NODE_NO_WARNINGS: "1", ...env },
  });

async function list(name, values) {
  const { program, args, env } = listCommand(clients[name], values, path);
  const { stdout, stderr } = await run(program, args, env);
  return new Map(parsers[name](stdout.trim() || stderr));
}

/** What differs. If mcpgen starts a server afterwards, its launch may differ. */
function differences(before, after) {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)].map((server) => server && { ...server });
    if (was && is?.launch?.includes("mcpgen exec ")) was.launch = is.launch;
    const [one, other] = [was, is].map((server) => JSON.stringify(server));
    return one === other ? [] : [`\`${name}\` was ${one} and is ${other}`];
  });
}

async function checkImport(url, model) {
  const values = {
    STDIO: stdioServer,
    BRIDGE: realpathSync(remoteScript(newest)),
    URL: url,
    SECRET: secret,
    MODEL: model,
  };
  const files = names.flatMap((name) => [clients[name].file, clients[name].settings ?? []].flat());
  for (const file of files)
    copyFilledIn(firstFile(["by-hand", "home"], file), join(home, file), values);
  const before = new Map();
  for (const name of names) before.set(name, await list(name, values));

  const { stdout: declaration } = await run(mcpgen, ["import", "--secrets", "env"]);
  await run(mcpgen, ["init", "--import", "--secrets", "env"]);
  await run(mcpgen, ["apply", "--adopt-all"]);

  const errors = [];
  if (declaration.includes(secret)) errors.push("import prints the secret");
  for (const name of names) {
    const found = differences(before.get(name), await list(name, values));
    const servers = [...before.get(name).keys()].sort().join(" ");
    console.log(`${found.length ? "FAIL" : "ok  "} ${name.padEnd(12)} ${servers}`);
    errors.push(...found.map((error) => `${name}: ${error}`));
    if (readFileSync(join(home, clients[name].file), "utf8").includes(secret))
      errors.push(`${name} still holds the secret`);
  }
  const { stdout: again } = await run(mcpgen, ["import", "--secrets", "env"]);
  if (again !== declaration) errors.push(`a second import differs:\n${declaration}\n${again}`);
  return errors;
}

requirePackages([remote(newest), newerNode, ...names.map((name) => [name, clients[name]])]);
mkdirSync(project, { recursive: true });
const errors = await withServers(checkImport);
for (const error of errors) console.log(`       ${error}`);
console.log(
  `import: ${errors.length === 0 ? "every client lists the same servers" : "clients differ"}`,
);
process.exitCode = errors.length === 0 ? 0 : 1;
