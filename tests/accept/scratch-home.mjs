// What the scripts of this bench share: a scratch home, its files, and the clients that run in it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parsers } from "../lib/client-lists.mjs";
import { programOf } from "../lib/packages.mjs";
import { newerNodeDirectory } from "../lib/pinned.mjs";
import { mustSucceed } from "../lib/process.mjs";
import { startScript } from "../lib/servers.mjs";

export const here = dirname(fileURLToPath(import.meta.url));
export const stdioServer = join(here, "stdio-server.mjs");

/** A string with every `@NAME@` in it replaced. */
const fillIn = (text, values) => text.replace(/@([A-Z]+)@/g, (_, name) => values[name]);

/** Copies a file, and replaces every `@NAME@` in it. */
export function copyFilledIn(from, to, values) {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, fillIn(readFileSync(from, "utf8"), values));
}

/** The first of some directories' files of a name that exists. */
export const firstFile = (directories, file) =>
  directories.map((directory) => join(here, directory, file)).find((path) => existsSync(path));

/**
 * The command that shows a client's servers: program, arguments, and what it adds to the
 * environment.
 */
export function listCommand(client, values, path = process.env.PATH) {
  const own = Object.entries(client.env ?? {}).map(([name, value]) => [
    name,
    fillIn(value, values),
  ]);
  const env = Object.fromEntries(own);
  if (client["newer-node"]) env.PATH = `${newerNodeDirectory()}:${path}`;
  return { program: programOf(client), args: client.command.slice(1), env };
}

/** The environment of a program that runs in a scratch home. */
export const homeEnvironment = (home) => ({
  PATH: process.env.PATH,
  HOME: home,
  NODE_NO_WARNINGS: "1",
});

/** The servers that a client lists in a scratch home: `[name, { status, launch }]` each. */
export async function listServers(name, client, home, { cwd = home, env = {} } = {}) {
  const { program, args, env: own } = listCommand(client, {});
  const all = { ...homeEnvironment(home), ...own, ...env };
  const { stdout } = await mustSucceed(program, args, { cwd, env: all });
  return parsers[name](stdout);
}

/** A server in a declaration that every client can start. */
export const ourServer = `[servers.ours]
command = "node"
args = ["${stdioServer}"]
env = { ACCEPT = "yes" }
`;

/** Prints what holds in a client, or its errors. */
export function reportErrors(name, { version }, promise, errors) {
  const word = errors.length === 0 ? "ok  " : "FAIL";
  console.log(`${word} ${name.padEnd(12)} ${version}: ${promise}`);
  for (const error of errors) console.log(`       ${error}`);
  if (errors.length > 0) process.exitCode = 1;
}

/** Runs `use` with the URLs of the HTTP server and of the model, and stops both. */
export async function withServers(use) {
  const servers = await Promise.all(
    ["http-server.mjs", "model-server.mjs"].map((script) => startScript(join(here, script))),
  );
  try {
    return await use(...servers.map(({ url }) => url));
  } finally {
    for (const { stop } of servers) stop();
  }
}
