// Real clients say themselves that they connect through `mcpgen bridge`: to a server with a sign-in, from the cache,
// and each from a file of its own.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readers } from "../accept/readers.mjs";
import { client } from "../login/packages.mjs";
import { run, told } from "../login/process.mjs";

/** Each client's file, and how it writes what it launches. */
const files = {
  "claude-code": [
    ".claude.json",
    (command, args, env) => ({ mcpServers: { peer: { command, args, env } } }),
  ],
  "gemini-cli": [
    ".gemini/settings.json",
    (command, args, env) => ({ mcpServers: { peer: { command, args, env } } }),
  ],
  opencode: [
    ".config/opencode/opencode.json",
    (command, args, environment) => ({
      mcp: { peer: { type: "local", command: [command, ...args], environment, enabled: true } },
    }),
  ],
};

/** A client's own list has the server as connected. */
async function lists(home, url, id) {
  const [path, written] = files[id];
  const env = { MCP_REMOTE_CONFIG_DIR: home.cache, ...home.records };
  mkdirSync(dirname(join(home.path, path)), { recursive: true });
  writeFileSync(
    join(home.path, path),
    JSON.stringify(written(home.lab.mcpgen, ["bridge", url], env)),
  );
  const project = join(home.path, `project of ${id}`);
  mkdirSync(project);
  const { program, command, env: own } = client(id);
  const said = await run(program, command.slice(1), { env: { ...home.env, ...own }, cwd: project });
  const { peer } = Object.fromEntries(readers[id](`${said.stdout}\n${said.stderr}`));
  const connected = said.code === 0 && /^[^\w]*connected$/i.test(peer?.status);
  if (!connected) throw new Error(`${id} does not connect\n${told(said)}`);
  home.mustNotHaveAsked();
  return peer.status;
}

export async function clients(lab) {
  const peer = await lab.oidc(3600);
  const home = lab.home("clients");
  home.declare(peer.url);
  await lab.check("clients", "one sign-in for all of them", () =>
    home.mcpgen(["login", "peer"]).then(() => ""),
  );
  const each = (id) =>
    lab.check("clients", `${id} says so itself`, () => lists(home, peer.url, id));
  await Promise.all(Object.keys(files).map(each));
}
