// A client behind a bridge for the conformance suite:
//
//   bridge-suite-client.mjs REVISION TRIES COMMAND… URL
//
// COMMAND is that of the bridge; the scenario is in the environment, and the browser tries the
// callback URL TRIES times. The client uses everything that the server offers: it lists tools,
// resources and prompts, reads and gets the first of each, and calls every tool. So it is the same
// for both bridges, and what else a scenario requires is up to the bridge.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { McpClient } from "../lib/mcp-client.mjs";
import { freePort } from "../lib/ports.mjs";
import { killGroup } from "../lib/process.mjs";

const seconds = 20; // the suite waits for 30

// ---- a user who accepts everything ----

/**
 * Fills in a form with the defaults that it proposes, and yes where there is none; that is
 * SEP-1034.
 */
function fillInForm({ properties }) {
  const value = ({ default: proposed, type }) =>
    proposed ?? (type === "boolean" ? true : undefined);
  const fields = Object.entries(properties).map(([name, property]) => [name, value(property)]);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

const sampled = {
  role: "assistant",
  content: { type: "text", text: "yes" },
  model: "bench",
  stopReason: "endTurn",
};

const handlers = {
  "roots/list": () => ({ roots: [] }),
  "elicitation/create": ({ requestedSchema }) => ({
    action: "accept",
    content: fillInForm(requestedSchema),
  }),
  "sampling/createMessage": () => sampled,
};

const introduction = {
  protocolVersion: "2025-11-25",
  capabilities: { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} },
  clientInfo: { name: "bench", version: "1.0.0" },
};

// ---- the scenario ----

/**
 * The options. A client that the server knows cannot move to another port, so it gets a free one.
 */
async function options(scenario, revision, { client_id, client_secret, ...given }) {
  const known = [];
  if (scenario === "auth/basic-cimd") {
    known.push("--client-metadata-url", "https://conformance-test.local/client-metadata.json");
  }
  if (scenario === "auth/client-credentials-basic") known.push("--client-credentials");
  if (given.idp_issuer) {
    const { idp_issuer: issuer, idp_client_id } = given;
    const idp = { issuer, client_id: idp_client_id, id_token: "${ID_TOKEN_OF_THE_SUITE}" };
    known.push("--idp", JSON.stringify(idp));
  }
  if (given.valid_jwt) known.push("--assertion", "${ASSERTION_OF_THE_SUITE}");
  if (given.private_key_pem) {
    known.push("--client-credentials", "--client-private-key", "${KEY_OF_THE_SUITE}");
  }
  if (client_id) {
    const secret = client_secret && { client_secret: "${SECRET_OF_THE_SUITE}" };
    known.push("--static-oauth-client-info", JSON.stringify({ client_id, ...secret }));
  }
  const port = known.length > 0 ? [String(await freePort())] : [];
  return [...port, ...known, ...(revision === "2026-07-28" ? ["--protocol", "auto"] : [])];
}

/** Arguments that a tool's schema accepts. */
function argumentsFor({ properties = {} }) {
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

/**
 * The calls of a scenario: those that it names, else every tool once. One tool requires another's
 * schema, unchanged.
 */
function calls(tools, { toolCalls }) {
  if (toolCalls) return toolCalls;
  const [rich] = tools;
  const schema = tools.some(({ name }) => name === "json_schema_echo") && {
    schema: rich.inputSchema,
  };
  return tools.map(({ name, inputSchema }) => ({
    name,
    arguments: { ...argumentsFor(inputSchema), ...schema },
  }));
}

async function use(client, context) {
  const { capabilities: can } = await client.initialize(introduction);
  const { tools } = await client.result("tools/list");
  for (const call of calls(tools, context)) await client.result("tools/call", call);
  if (can.resources) {
    const { resources } = await client.result("resources/list");
    if (resources.length > 0) await client.result("resources/read", { uri: resources[0].uri });
  }
  if (can.prompts) {
    const { prompts } = await client.result("prompts/list");
    if (prompts.length > 0) await client.result("prompts/get", { name: prompts[0].name });
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
env.BROWSER = join(dirname(fileURLToPath(import.meta.url)), "../lib/browser.mjs");
env.BROWSER_TRIES = tries;
if (context.client_secret) env.SECRET_OF_THE_SUITE = context.client_secret;
if (context.idp_id_token) env.ID_TOKEN_OF_THE_SUITE = context.idp_id_token;
if (context.valid_jwt) env.ASSERTION_OF_THE_SUITE = context.valid_jwt;
if (context.private_key_pem) env.KEY_OF_THE_SUITE = context.private_key_pem;
const args = [...rest, ...(await options(scenario, revision, context))];
const client = new McpClient(program, args, { env, seconds, handlers });
setTimeout(() => killGroup(client.child), seconds * 1000).unref();
try {
  await use(client, context);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
await client.shutDown();
console.error(client.stderr);
