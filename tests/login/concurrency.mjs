// Many processes at once: bridges that wait while somebody signs in, and everything that refreshes
// tokens at the same moment, with servers that end a sign-in when a refresh token is used twice.
import { setTimeout as sleep } from "node:timers/promises";
import { mustEqualCounts } from "../lib/lab.mjs";
import { withClients } from "../lib/mcp-client.mjs";
import { signInCounts } from "./bridge-versions.mjs";

const slowly = { BROWSER_DELAY: "4" }; // seconds in which somebody types a password

const signInByRemote = { register: 1, authorize: 1, authorization_code: 1 };

const times = (count, make) => Array.from({ length: count }, make);

function mustHaveOpenedOnePage(home) {
  home.mustHaveOpened(1);
  home.mustNotHaveUnwantedPages();
}

async function untilPageOpened(home) {
  while (home.pages.length === 0) await sleep(20);
}

/** Three bridges start during a sign-in: they wait for it. */
async function bridgesFollow(lab, name, server) {
  const home = lab.home(`${name} login first`);
  home.declare(server.url);
  const counts = await server.countDuring(async () => {
    const login = home.mcpgen(["login", "peer"], slowly);
    login.catch(() => {}); // awaited below
    await untilPageOpened(home);
    const bridges = times(3, () => home.startRemote(server.url));
    await withClients(bridges, () =>
      Promise.all([login, ...bridges.map((bridge) => bridge.connect())]),
    );
  });
  mustHaveOpenedOnePage(home);
  return mustEqualCounts(counts, signInCounts);
}

/**
 * Somebody signs in with mcpgen while three bridges wait, one of them with a page open: there is no
 * second page.
 */
async function loginFollows(lab, name, server) {
  const home = lab.home(`${name} bridges first`);
  home.declare(server.url);
  const env = { ...home.signingBrowser, ...slowly };
  const counts = await server.countDuring(() => {
    const bridges = times(3, () => home.startRemote(server.url, undefined, env));
    return withClients(bridges, async () => {
      const connected = Promise.all(bridges.map((bridge) => bridge.connect()));
      connected.catch(() => {}); // awaited below
      await untilPageOpened(home);
      await Promise.all([home.mcpgen(["login", "peer"]), connected]);
    });
  });
  mustHaveOpenedOnePage(home);
  return mustEqualCounts(counts, signInByRemote);
}

/** Runs ten `refresh` and ten `token` at once. Returns the tokens that `token` printed. */
async function refreshAtOnce(home) {
  const tokens = times(10, () => home.mcpgen(["token", "peer"]));
  await Promise.all([...tokens, ...times(10, () => home.mcpgen(["refresh", "peer"]))]);
  return new Set((await Promise.all(tokens)).map(({ stdout }) => stdout.trim()));
}

/** Signs in, and runs `use` with five connected bridges. */
async function withConnectedBridges(home, server, use) {
  home.declare(server.url);
  await home.mcpgen(["login", "peer"]);
  const bridges = times(5, () => home.startRemote(server.url));
  return withClients(bridges, use);
}

/**
 * Ten `refresh` and ten `token` find an expired token: one of them refreshes, and five bridges use
 * the new token.
 */
async function oneRefresh(lab, name, server) {
  const home = lab.home(`${name} refreshing`);
  return withConnectedBridges(home, server, async (bridges) => {
    for (const bridge of bridges) await bridge.connect();
    home.expireInCache();
    const counts = await server.countDuring(async () => {
      const printed = await refreshAtOnce(home);
      if (printed.size !== 1 || !printed.has(home.tokens.access_token))
        throw new Error("`token` prints another token than the cache has");
      await Promise.all(bridges.map((bridge) => bridge.ping()));
    });
    mustHaveOpenedOnePage(home);
    return mustEqualCounts(counts, { "refresh_token by mcpgen": 1 });
  });
}

/**
 * mcpgen and five bridges find an expired token at the same moment. Two bridges may then refresh
 * one after the other, because they do not look again once they have the lease. mcpgen does look,
 * no refresh token is used twice, and nobody is signed out.
 */
async function nobodySignedOut(lab, name, server) {
  const home = lab.home(`${name} all at once`);
  const counts = await withConnectedBridges(home, server, (bridges) =>
    server.countDuring(async () => {
      for (const bridge of bridges) await bridge.connect();
      home.expireInCache();
      await Promise.all([refreshAtOnce(home), ...bridges.map((bridge) => bridge.ping())]);
    }),
  );
  const { refresh_token: remote = 0, "refresh_token by mcpgen": native = 0, ...other } = counts;
  mustEqualCounts(other, {});
  if (remote === 0 ? native !== 1 : native !== 0)
    throw new Error(`${remote} refreshes by mcp-remote, ${native} by mcpgen`);
  await withClients([home.startRemote(server.url)], ([bridge]) => bridge.connect());
  mustHaveOpenedOnePage(home);
  return mustEqualCounts(counts, counts);
}

export async function concurrency(lab) {
  const oidc = await lab.oidc(3600);
  const fastmcp = await lab.fastmcp(3600);
  for (const [name, server] of [
    ["oidc-provider", oidc],
    ["fastmcp", fastmcp],
  ]) {
    const check = (what, body) =>
      lab.check("concurrency", `${name}: ${what}`, () => body(lab, name, server));
    await check("three bridges follow a login", bridgesFollow);
    await check("a login follows three bridges", loginFollows);
    await check("10 refresh, 10 token: one refresh, 5 bridges follow", oneRefresh);
    await check("all of them at once: nobody is signed out", nobodySignedOut);
  }
}
