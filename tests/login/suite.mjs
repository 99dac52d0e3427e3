// One sign-in as the conformance suite wants it: suite.mjs MCPGEN URL, with the scenario in the environment.
// The client is mcpgen in a home of its own; what the scenario gives beforehand becomes flags.
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./ports.mjs";

const patience = 20; // seconds; the suite waits for thirty, and for ever where a program then outlives its shell

/** What the client is given beforehand. One that the server knows cannot move to another port, as others do. */
async function flags(scenario, { client_id, client_secret }) {
  const known = [];
  if (scenario === "auth/basic-cimd") {
    known.push("--client-metadata-url", "https://conformance-test.local/client-metadata.json");
  }
  if (client_id) known.push("--client-id", client_id);
  if (client_secret) known.push("--client-secret", "env:SECRET_OF_THE_SUITE");
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
const browser = join(dirname(fileURLToPath(import.meta.url)), "browser.mjs");
const env = { PATH, HOME: home, MCP_REMOTE_CONFIG_DIR: join(home, "cache"), BROWSER: browser };
if (given.client_secret) env.SECRET_OF_THE_SUITE = given.client_secret;
const args = ["login", url, "--timeout", String(patience), ...(await flags(scenario, given))];
process.exitCode =
  spawnSync(mcpgen, args, { env, stdio: "inherit", timeout: (patience + 5) * 1000 }).status ?? 1;
