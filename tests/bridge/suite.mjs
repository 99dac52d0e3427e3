// A client behind a bridge, as the conformance suite wants it:
//
//   suite.mjs REVISION TRIES COMMAND… URL
//
// The command is the bridge's, the scenario is in the environment, and the browser calls back TRIES times at most.
// It uses everything that the server shows: lists tools, resources and prompts, reads and gets the first of each, and
// calls every tool. So what a scenario wants of a client must be done by the bridge, or by this for both bridges alike.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../login/ports.mjs";
import { Client } from "./client.mjs";

const patience = 20; // seconds; the suite waits for thirty

/** What the bridge is given beforehand. With one of these it cannot move to another port, so it gets a free one. */
async function flags(scenario, revision, { client_id, client_secret }) {
  const known = [];
  if (scenario === "auth/basic-cimd") {
    known.push("--client-metadata-url", "https://conformance-test.local/client-metadata.json");
  }
  if (scenario === "auth/client-credentials-basic") known.push("--client-credentials");
  if (client_id) {
    const secret = client_secret && { client_secret: "${SECRET_OF_THE_SUITE}" };
    known.push("--static-oauth-client-info", JSON.stringify({ client_id, ...secret }));
  }
  const port = known.length > 0 ? [String(await freePort())] : [];
  return [...port, ...known, ...(revision === "2026-07-28" ? ["--protocol", "auto"] : [])];
}

/** Arguments that a tool's schema would accept. */
function made({ properties = {} }) {
  const values = {
    string: "us-west1",
    number: 3,
    integer: 2,
    boolean: true,
    array: [],
    object: {},
    null: null,
  };
  return Object.fromEntries(
    Object.entries(properties).map(([name, { type }]) => [name, values[type] ?? "x"]),
  );
}

/** The calls of a scenario: those that it names, else every tool once. One tool wants another's schema as it came. */
function calls(tools, { toolCalls }) {
  if (toolCalls) return toolCalls;
  const [rich] = tools;
  const schema = tools.some(({ name }) => name === "json_schema_echo") && {
    schema: rich.inputSchema,
  };
  return tools.map(({ name, inputSchema }) => ({
    name,
    arguments: { ...made(inputSchema), ...schema },
  }));
}

async function use(client, context) {
  const can = await client.connect();
  const { tools } = await client.ask("tools/list");
  for (const call of calls(tools, context)) await client.ask("tools/call", call);
  if (can.resources) {
    const { resources } = await client.ask("resources/list");
    if (resources.length > 0) await client.ask("resources/read", { uri: resources[0].uri });
  }
  if (can.prompts) {
    const { prompts } = await client.ask("prompts/list");
    if (prompts.length > 0) await client.ask("prompts/get", { name: prompts[0].name });
  }
}

const [revision, tries, program, ...rest] = process.argv.slice(2);
const {
  PATH,
  TMPDIR,
  MCP_CONFORMANCE_SCENARIO: scenario,
  MCP_CONFORMANCE_CONTEXT: given = "{}",
} = process.env;
const context = JSON.parse(given);
const home = mkdtempSync(join(tmpdir(), "mcpgen-suite-"));
const env = {
  PATH,
  TMPDIR,
  HOME: home,
  MCP_REMOTE_CONFIG_DIR: join(home, "cache"),
  NODE_NO_WARNINGS: "1",
};
env.BROWSER = join(dirname(fileURLToPath(import.meta.url)), "../login/browser.mjs");
env.BROWSER_TRIES = tries;
if (context.client_secret) env.SECRET_OF_THE_SUITE = context.client_secret;
const args = [...rest, ...(await flags(scenario, revision, context))];
const client = new Client(program, args, env, patience);
try {
  await use(client, context);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
await client.stop();
console.error(client.said);
