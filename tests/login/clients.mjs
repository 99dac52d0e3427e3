// The example that everything began with, end to end: `apply` for five clients, one `login`, and then each client's
// own command line, read back out of its own file and started. Two of the clients say themselves that they connect.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Bridge, withBridges } from "./bridge.mjs";
import { same } from "./lab.mjs";
import { bridge, client, here, newest, python3 } from "./packages.mjs";
import { signedIn, signIn } from "./peers.mjs";
import { run, told } from "./process.mjs";

const name = "atlassian";

function toml(path) {
  const { status, stdout } = spawnSync(python3, [join(here, "toml.py"), path], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${path} is no TOML`);
  return JSON.parse(stdout);
}

const json = (path) => JSON.parse(readFileSync(path, "utf8"));

/** Each client's file, and its entry of a server. */
const files = {
  cursor: [".cursor/mcp.json", (path) => json(path).mcpServers],
  "claude-code": [".claude.json", (path) => json(path).mcpServers],
  "claude-desktop": [".config/Claude/claude_desktop_config.json", (path) => json(path).mcpServers],
  codex: [".codex/config.toml", (path) => toml(path).mcp_servers],
  "gemini-cli": [".gemini/settings.json", (path) => json(path).mcpServers],
};

/** The example with a server that can be reached, a bridge that is installed, and the clients of this bench. */
function declaration(url, cache) {
  const example = readFileSync(join(here, "../../examples/atlassian.toml"), "utf8");
  const changes = [
    [/^clients = .*$/m, `clients = ${JSON.stringify(Object.keys(files))}`],
    [/^\[servers\.atlassian\]\nurl .*$/m, `[servers.${name}]\nurl = "${url}"`],
  ];
  const launch = `[launch]
bridge = ["node", "${bridge(newest)}"] # the pinned package by its path: npx would ask the network
env = { MCP_REMOTE_CONFIG_DIR = "${cache}" }

`;
  const changed = changes.reduce((text, [pattern, by]) => {
    if (!pattern.test(text)) throw new Error(`examples/atlassian.toml has nothing like ${pattern}`);
    return text.replace(pattern, by);
  }, example);
  return changed.replace(/^\[servers/m, `${launch}[servers`);
}

function launched(home, id) {
  const [file, servers] = files[id];
  const { command, args, env } = servers(join(home.path, file))[name];
  return { command, args, env };
}

async function connects(home, id) {
  const { command, args, env } = launched(home, id);
  await withBridges(
    [new Bridge(command, args, { ...home.env, ...env, ...home.records })],
    async ([started]) => {
      await started.connect();
      await started.ping();
    },
  );
  home.mustNotHaveAsked();
}

/** A client's own list of its servers says that this one is connected. */
async function lists(home, id) {
  const { program, command, env } = client(id);
  const project = join(home.path, "project");
  mkdirSync(project, { recursive: true });
  const said = await run(program, command.slice(1), {
    env: { ...home.env, ...env, ...home.records },
    cwd: project,
  });
  const line = `${said.stdout}\n${said.stderr}`
    .split("\n")
    .find((text) => text.includes(`${name}:`));
  if (said.code !== 0 || !/\bconnected\b/i.test(line ?? ""))
    throw new Error(`${id} does not connect\n${told(said)}`);
  home.mustNotHaveAsked();
  return line.slice(line.lastIndexOf(" - ") + 3).trim();
}

export async function clients(lab) {
  const peer = await lab.oidc(3600);
  const home = lab.home("clients");
  const check = (what, body) => lab.check("clients", what, body);
  const asked = await peer.during(async () => {
    await check("apply writes the five files", async () => {
      home.write(declaration(peer.url, home.cache));
      await home.mcpgen(["apply"]);
      const lines = Object.keys(files).map((id) => JSON.stringify(launched(home, id)));
      if (new Set(lines).size !== 1)
        throw new Error(`they launch different things\n${lines.join("\n")}`);
    });
    await check("login, once for all of them", () => signIn(home, peer, ["login", name]));
    for (const id of Object.keys(files))
      await check(`what ${id} has in its file connects`, () => connects(home, id));
    for (const id of ["claude-code", "gemini-cli"])
      await check(`${id} says so itself`, () => lists(home, id));
  });
  await check("one sign-in at the server", () => same(asked, signedIn));
}
