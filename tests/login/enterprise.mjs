// Enterprise-managed authorization: oidc-provider as the identity provider, with a stand-in for its policy
// (../lib/idp-server.mjs), and five fastmcp servers, each with an authorization server of its own. Five clients reach five
// servers with one visit to the provider's page.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mustEqualCounts } from "../lib/lab.mjs";
import { withClients } from "../lib/mcp-client.mjs";
import { PingClient } from "../lib/ping-client.mjs";
import { newest, remoteScript } from "../lib/pinned.mjs";
import { describeRun, runProgram } from "../lib/process.mjs";
import { clientIds, launchOf } from "./five-clients.mjs";

const names = ["eins", "zwei", "drei", "vier", "funf"];
const lifetime = 20; // seconds, of an ID token and of an access token
const bridgesPerServer = 4;
const native = (lab) => `bridge = ["${lab.mcpgen}", "bridge"]`;
const mcpRemote = `bridge = ["node", "${remoteScript(newest)}"] # npx would need the network`;

function declare(lab, home, issuer, servers, bridge) {
  writeFileSync(join(home.path, "secret"), "the secret of a client at the provider");
  const tables = names.map(
    (name, at) => `[servers.${name}]
url  = "${servers[at].url}"
auth = { mode = "enterprise", idp = "acme", client-id = "mcp-client" }
`,
  );
  home.write(`clients = ${JSON.stringify(clientIds)}

[launch]
${bridge}
mcpgen = "${lab.mcpgen}"
env    = { MCP_REMOTE_CONFIG_DIR = "${home.cache}" }

[idp.acme]
issuer        = "${issuer}"
client-id     = "mcpgen"
client-secret = "file:~/secret"

${tables.join("\n")}`);
}

/** Starts what a client starts for a server. */
function start(home, id, name) {
  const { command, args, env } = launchOf(home, id, name);
  return new PingClient(command, args, { env: { ...home.env, ...env, ...home.idleBrowser } });
}

async function usesTheTool(client) {
  await client.connect();
  await client.ping();
}

/** The counts of all servers during some work, each with the same number of grants. */
async function grantsDuring(servers, work) {
  const [first, ...others] = servers;
  if (others.length === 0) return [await first.countDuring(work)];
  let rest;
  const counts = await first.countDuring(async () => {
    rest = await grantsDuring(others, work);
  });
  return [counts, ...rest];
}

/** Fails unless each server gave one token for an assertion. */
function mustBeOneEach(all) {
  for (const counts of all) mustEqualCounts(counts, { "jwt-bearer": 1 });
}

async function oneVisit(lab, provider, servers) {
  const home = lab.home("enterprise");
  declare(lab, home, provider.url, servers, native(lab));
  let each;
  const counts = await provider.countDuring(async () => {
    each = await grantsDuring(servers, async () => {
      await home.mcpgen(["login"]);
      await home.mcpgen(["apply"]);
      for (const id of clientIds) {
        const started = names.map((name) => start(home, id, name));
        await withClients(started, (all) => Promise.all(all.map(usesTheTool)));
      }
    });
  });
  home.mustHaveOpened(1);
  home.mustNotHaveUnwantedPages();
  // An access token may be about to expire while the clients connect.
  for (const server of each) {
    if (!(server["jwt-bearer"] >= 1)) throw new Error(JSON.stringify(server));
  }
  mustEqualCounts(
    { authorize: counts.authorize > 0 ? 1 : 0, authorization_code: counts.authorization_code },
    { authorize: 1, authorization_code: 1 },
  );
  return `${clientIds.length} clients, ${names.length} servers, 1 page`;
}

/** Twenty bridges have a valid token, and then everything has expired. */
async function everythingExpires(lab, provider, servers) {
  const home = lab.home("enterprise expired");
  declare(lab, home, provider.url, servers, native(lab));
  await home.mcpgen(["login"]);
  await home.mcpgen(["apply"]);
  const wanted = names.flatMap((name) =>
    clientIds.slice(0, bridgesPerServer).map((id) => [id, name]),
  );
  const bridges = wanted.map(([id, name]) => start(home, id, name));
  return withClients(bridges, async () => {
    await Promise.all(bridges.map(usesTheTool));
    await sleep((lifetime + 1) * 1000);
    let each;
    const counts = await provider.countDuring(async () => {
      each = await grantsDuring(servers, () => Promise.all(bridges.map((one) => one.ping())));
    });
    home.mustNotHaveUnwantedPages();
    mustBeOneEach(each);
    return mustEqualCounts(counts, { exchange: names.length, refresh_token: 1 });
  });
}

async function filledForMcpRemote(lab, provider, servers) {
  const home = lab.home("enterprise mcp-remote");
  declare(lab, home, provider.url, servers, mcpRemote);
  await home.mcpgen(["login"]);
  const { stderr } = await home.mcpgen(["apply"]);
  if (!stderr.includes("mcp-remote cannot renew the sign-in to")) throw new Error(stderr);
  const connect = () => withClients([start(home, "cursor", "eins")], ([one]) => usesTheTool(one));
  await connect();
  await sleep((lifetime + 1) * 1000);
  await home.mcpgen(["refresh"]);
  await connect();
  home.mustHaveOpened(1);
  home.mustNotHaveUnwantedPages();
}

async function threeOfFive(lab, provider, servers) {
  const home = lab.home("enterprise denied");
  declare(lab, home, provider.url, servers, native(lab));
  for (const at of [1, 3]) {
    const { origin } = new URL(servers[at].url);
    await provider.change(`/deny?${encodeURIComponent(`${origin}/`)}`);
  }
  const env = { ...home.env, ...home.signingBrowser };
  const run = await runProgram(lab.mcpgen, ["login"], { env, cwd: home.path });
  await provider.change("/allow");
  const failed = names.filter((name) => run.stderr.includes(`while signing in to \`${name}\``));
  if (run.code !== 1 || failed.join(" ") !== "zwei vier") throw new Error(describeRun(run));
  for (const name of ["eins", "drei", "funf"]) await home.mcpgen(["token", name]);
  return "the other 3 signed in";
}

export async function enterprise(lab) {
  const provider = await lab.identityProvider(lifetime);
  const servers = await Promise.all(names.map(() => lab.identityServer(lifetime, provider.url)));
  const check = (what, body) => lab.check("enterprise", what, () => body(lab, provider, servers));
  await check("one visit to the provider", oneVisit);
  await check("20 bridges, everything expires: one exchange a server", everythingExpires);
  await check("mcp-remote connects, and refresh fills its cache", filledForMcpRemote);
  await check("the policy denies two of five", threeOfFive);
}
