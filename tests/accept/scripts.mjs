// What accept.mjs and import.mjs both do with the scripts and files beside them.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** A text with every @NAME@ in it replaced. */
export const filled = (text, values) => text.replace(/@([A-Z]+)@/g, (_, name) => values[name]);

/** One of our own servers and its URL, which it prints once it listens. */
export async function start(script) {
  const server = spawn(process.execPath, [join(here, script)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((done) => server.stdout.setEncoding("utf8").once("data", done));
  return { server, url: url.trim() };
}
