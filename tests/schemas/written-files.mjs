// Writes one client's files with mcpgen: every server of servers.toml that the client can express.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeRun, mustSucceed, runProgram } from "../lib/process.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const fixture = readFileSync(join(here, "servers.toml"), "utf8");
const nameOf = (block) => /^\[servers\.(.+)\]/.exec(block)[1];

/** The blocks of the fixture: its head, and one block for each server. */
const [head, ...blocks] = fixture.split(/^(?=\[servers\.)/m);

/** Every server of the fixture. */
export const everyServer = blocks.map(nameOf);

/** The servers at the positions of the errors in the output of `mcpgen check`. */
function rejectedServers(output, lines) {
  const positions = [...output.matchAll(/^error.*\n\s*-->\s.*?:(\d+):\d+$/gm)];
  const headers = positions.map(([, line]) =>
    lines.slice(0, Number(line)).findLast((text) => text.startsWith("[servers.")),
  );
  return new Set(headers.filter(Boolean).map(nameOf));
}

/** Declares for one client what the client can express. Returns the names of the servers. */
async function declare(mcpgen, client, env, declaration) {
  const write = (kept) => {
    const text = `clients = ["${client}"]\n${[head, ...kept].join("")}`;
    writeFileSync(declaration, text);
    return text.split("\n");
  };
  const check = () => runProgram(mcpgen, ["check"], { env });
  const lines = write(blocks);
  const first = await check();
  const rejected = rejectedServers(first.stderr, lines);
  const kept = blocks.filter((block) => !rejected.has(nameOf(block)));
  if (rejected.size > 0) {
    write(kept);
    const second = await check();
    if (second.code !== 0) throw new Error(describeRun(second));
  } else if (first.code !== 0) throw new Error(describeRun(first));
  return kept.map(nameOf);
}

/**
 * Writes the files of a client in a new home directory. Returns the user's file and, if the client
 * has one, the file in a project, and the servers that the client can express.
 */
export async function writeFiles(mcpgen, client, home) {
  const project = join(home, "project");
  const configuration = join(home, ".config", "mcpgen");
  for (const directory of [project, configuration]) mkdirSync(directory, { recursive: true });
  const env = { HOME: home, PATH: "/usr/bin:/bin" };
  const servers = await declare(mcpgen, client, env, join(configuration, "mcp.toml"));
  const { stdout } = await mustSucceed(mcpgen, ["clients", "--json"], { env });
  const row = JSON.parse(stdout).find(({ name }) => name === client);
  await mustSucceed(mcpgen, ["apply"], { env });
  const files = { user: row.path };
  if (row.project) {
    await mustSucceed(mcpgen, ["apply", "--project", project], { env });
    files.project = join(project, row.project);
  }
  const missing = Object.values(files).find((path) => !existsSync(path));
  if (missing) throw new Error(`mcpgen did not write \`${missing}\``);
  return { files, servers };
}
