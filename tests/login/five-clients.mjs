// The example of the README, end to end: `apply` for five clients, one `login`, and then each
// client's own command line, read back from its own file and started. Two of the clients report
// that they connect.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustEqualCounts } from "../lib/lab.mjs";
import { withClients } from "../lib/mcp-client.mjs";
import { programOf } from "../lib/packages.mjs";
import { PingClient } from "../lib/ping-client.mjs";
import { fastmcpPython, newest, clients as pins, remoteScript } from "../lib/pinned.mjs";
import { describeRun, runProgram } from "../lib/process.mjs";
import { signIn, signInCounts } from "./bridge-versions.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const name = "atlassian";

/** The first Python of this machine may be too old to read TOML; that of fastmcp is not. */
function readToml(path) {
  const script = join(here, "toml_to_json.py");
  const { status, stdout } = spawnSync(fastmcpPython, [script, path], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${path} is not valid TOML`);
  return JSON.parse(stdout);
}

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const jsonServers = (path) => readJson(path).mcpServers;

/** The file of each client, and how to read its servers. */
const files = {
  cursor: [".cursor/mcp.json", jsonServers],
  "claude-code": [".claude.json", jsonServers],
  "claude-desktop": [".config/Claude/claude_desktop_config.json", jsonServers],
  codex: [".codex/config.toml", (path) => readToml(path).mcp_servers],
  "gemini-cli": [".gemini/settings.json", jsonServers],
};

/** The clients of this bench. */
export const clientIds = Object.keys(files);

/**
 * The example, with a server that can be reached, an installed bridge, and the clients of this
 * bench.
 */
function declaration(url, cache) {
  const example = readFileSync(join(here, "../../examples/atlassian.toml"), "utf8");
  const changes = [
    [/^clients = .*$/m, `clients = ${JSON.stringify(Object.keys(files))}`],
    [/^\[servers\.atlassian\]\nurl .*$/m, `[servers.${name}]\nurl = "${url}"`],
  ];
  const launch = `[launch]
bridge = ["node", "${remoteScript(newest)}"] # npx would need the network
env = { MCP_REMOTE_CONFIG_DIR = "${cache}" }

`;
  const changed = changes.reduce((text, [pattern, replacement]) => {
    if (!pattern.test(text)) throw new Error(`examples/atlassian.toml does not match ${pattern}`);
    return text.replace(pattern, replacement);
  }, example);
  return changed.replace(/^\[servers/m, `${launch}[servers`);
}

/** What a client starts for a server: the command, the arguments and the environment of its entry. */
export function launchOf(home, id, server = name) {
  const [file, serversOf] = files[id];
  const { command, args, env = {} } = serversOf(join(home.path, file))[server];
  // A client that clears the environment gets the names of the variables to pass on. None is set here.
  const passedOn = ([variable, value]) => value === `\${${variable}:-}`;
  const declared = Object.entries(env).filter((entry) => !passedOn(entry));
  return { command, args, env: Object.fromEntries(declared) };
}

async function connects(home, id) {
  const { command, args, env } = launchOf(home, id);
  const client = new PingClient(command, args, {
    env: { ...home.env, ...env, ...home.idleBrowser },
  });
  await withClients([client], async () => {
    await client.connect();
    await client.ping();
  });
  home.mustNotHaveUnwantedPages();
}

/** The client's own list shows the server as connected. */
async function listsAsConnected(home, id) {
  const { command, env } = pins[id];
  const project = join(home.path, "project");
  mkdirSync(project, { recursive: true });
  const run = await runProgram(programOf(pins[id]), command.slice(1), {
    env: { ...home.env, ...env, ...home.idleBrowser },
    cwd: project,
  });
  const lines = `${run.stdout}\n${run.stderr}`.split("\n");
  const line = lines.find((text) => text.includes(`${name}:`)) ?? "";
  if (run.code !== 0 || !/\bconnected\b/i.test(line))
    throw new Error(`${id} does not connect\n${describeRun(run)}`);
  home.mustNotHaveUnwantedPages();
  return line.slice(line.lastIndexOf(" - ") + 3).trim();
}

export async function clients(lab) {
  const server = await lab.oidc(3600);
  const home = lab.home("clients");
  const check = (what, body) => lab.check("clients", what, body);
  const counts = await server.countDuring(async () => {
    await check("apply writes the five files", async () => {
      home.write(declaration(server.url, home.cache));
      await home.mcpgen(["apply"]);
      const launches = Object.keys(files).map((id) => JSON.stringify(launchOf(home, id)));
      if (new Set(launches).size !== 1)
        throw new Error(`the clients launch different commands\n${launches.join("\n")}`);
    });
    await check("login, once for all of them", () => signIn(home, server, ["login", name]));
    for (const id of Object.keys(files))
      await check(`the command in ${id}'s file connects`, () => connects(home, id));
    for (const id of ["claude-code", "gemini-cli"])
      await check(`${id} lists it as connected`, () => listsAsConnected(home, id));
  });
  await check("one sign-in at the server", () => mustEqualCounts(counts, signInCounts));
}
