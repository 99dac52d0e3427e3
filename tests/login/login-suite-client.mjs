// One sign-in for the conformance suite: login-suite-client.mjs MCPGEN URL, with the scenario in
// the environment. The client is mcpgen in a new home; what the scenario gives the client
// beforehand becomes options.
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../lib/ports.mjs";

const seconds = 20; // the suite waits for 30, or for ever if a program outlives its shell

/**
 * The options. A client that the server knows cannot move to another port, so it gets a free one.
 */
async function options(scenario, { client_id, client_secret, private_key_pem }) {
  const known = [];
  if (scenario === "auth/basic-cimd")
    known.push("--client-metadata-url", "https://conformance-test.local/client-metadata.json");
  if (client_id) known.push("--client-id", client_id);
  if (client_secret) known.push("--client-secret", "env:SECRET_OF_THE_SUITE");
  if (private_key_pem) known.push("--private-key", "env:KEY_OF_THE_SUITE");
  if (/^auth\/client-credentials-/.test(scenario)) known.push("--client-credentials");
  return known.length > 0 ? ["--port", String(await freePort()), ...known] : [];
}

const [mcpgen, url] = process.argv.slice(2);
const {
  PATH,
  MCP_CONFORMANCE_SCENARIO: scenario,
  MCP_CONFORMANCE_CONTEXT: context = "{}",
} = process.env;
const given = JSON.parse(context);
const home = mkdtempSync(join(tmpdir(), "mcpgen-suite-"));
const env = {
  PATH,
  HOME: home,
  MCP_REMOTE_CONFIG_DIR: join(home, "cache"),
  BROWSER: join(dirname(fileURLToPath(import.meta.url)), "../lib/browser.mjs"),
};
if (given.client_secret) env.SECRET_OF_THE_SUITE = given.client_secret;
if (given.private_key_pem) env.KEY_OF_THE_SUITE = given.private_key_pem;

/** The declaration of a server that accepts what the suite gives the client beforehand. */
function declaration() {
  const lines = [`[servers.suite]`, `url = "${url}"`, `[servers.suite.auth]`];
  lines.push(`client-id = "${given.client_id}"`);
  if (scenario === "auth/wif-jwt-bearer") {
    env.ASSERTION_OF_THE_SUITE = given.valid_jwt;
    return [...lines, 'mode = "jwt-bearer"', 'assertion = "env:ASSERTION_OF_THE_SUITE"'];
  }
  env.ID_TOKEN_OF_THE_SUITE = given.idp_id_token;
  lines.push(
    'mode = "enterprise"',
    'idp = "suite-idp"',
    'client-secret = "env:SECRET_OF_THE_SUITE"',
  );
  lines.push("[idp.suite-idp]", `issuer = "${given.idp_issuer}"`);
  return [
    ...lines,
    `client-id = "${given.idp_client_id}"`,
    'id-token = "env:ID_TOKEN_OF_THE_SUITE"',
  ];
}

/** Declares the server, and returns the arguments that sign in to it. */
function declared() {
  const file = join(home, "mcp.toml");
  writeFileSync(file, ['clients = ["cursor"]', ...declaration(), ""].join("\n"));
  return ["login", "suite", "-f", file];
}

const isDeclared = /^auth\/(enterprise|wif)-/.test(scenario);
const args = isDeclared
  ? declared()
  : ["login", url, "--timeout", String(seconds), ...(await options(scenario, given))];
process.exitCode =
  spawnSync(mcpgen, args, { env, stdio: "inherit", timeout: (seconds + 5) * 1000 }).status ?? 1;
