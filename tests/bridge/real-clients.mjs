// Real clients report that they connect through `mcpgen bridge`: to a server with a sign-in, from
// the cache, each from its own file.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parsers } from "../lib/client-lists.mjs";
import { programOf } from "../lib/packages.mjs";
import { clients as pins } from "../lib/pinned.mjs";
import { describeRun, runProgram } from "../lib/process.mjs";

const withMcpServers = (command, args, env) => ({ mcpServers: { peer: { command, args, env } } });

/** The file of each client, and the content with which it launches a command. */
const files = {
  "claude-code": [".claude.json", withMcpServers],
  "gemini-cli": [".gemini/settings.json", withMcpServers],
  opencode: [
    ".config/opencode/opencode.json",
    (command, args, environment) => ({
      mcp: { peer: { type: "local", command: [command, ...args], environment, enabled: true } },
    }),
  ],
};

/** The client's own list shows the server as connected. */
async function listsAsConnected(home, url, id) {
  const [path, contentFor] = files[id];
  const launchEnv = { MCP_REMOTE_CONFIG_DIR: home.cache, ...home.idleBrowser };
  const content = contentFor(home.program, ["bridge", url], launchEnv);
  mkdirSync(dirname(join(home.path, path)), { recursive: true });
  writeFileSync(join(home.path, path), JSON.stringify(content));
  const project = join(home.path, `project of ${id}`);
  mkdirSync(project);
  const { command, env } = pins[id];
  const run = await runProgram(programOf(pins[id]), command.slice(1), {
    env: { ...home.env, ...env },
    cwd: project,
  });
  const { peer } = Object.fromEntries(parsers[id](`${run.stdout}\n${run.stderr}`));
  const connected = run.code === 0 && /^[^\w]*connected$/i.test(peer?.status);
  if (!connected) throw new Error(`${id} does not connect\n${describeRun(run)}`);
  home.mustNotHaveUnwantedPages();
  return peer.status;
}

export async function clients(lab) {
  const server = await lab.oidc(3600);
  const home = lab.home("clients");
  home.declare(server.url);
  await lab.check("clients", "one sign-in for all of them", async () => {
    await home.mcpgen(["login", "peer"]);
  });
  const each = (id) =>
    lab.check("clients", `${id} lists it as connected`, () =>
      listsAsConnected(home, server.url, id),
    );
  await Promise.all(Object.keys(files).map(each));
}
