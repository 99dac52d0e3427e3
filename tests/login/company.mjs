// Many at once: bridges that wait while somebody signs in, and everything that renews tokens at the same moment,
// against a server that ends a sign-in when a refresh token is used twice.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withBridges } from "./bridge.mjs";
import { same } from "./lab.mjs";
import { signedIn } from "./peers.mjs";

const typing = { BROWSER_DELAY: "4" }; // seconds until whoever signs in has typed the password

const byBridge = { register: 1, authorize: 1, authorization_code: 1 };

const onePage = (home) => {
  if (home.pages.length !== 1)
    throw new Error(`${home.pages.length} pages were opened\n${home.pages.join("\n")}`);
  home.mustNotHaveAsked();
};

const all = (count, start) => Array.from({ length: count }, start);

/** A sign-in is under way when three bridges start: they wait for it. */
async function bridgesFollow(lab, name, peer) {
  const home = lab.home(`${name} login first`);
  home.declare(peer.url);
  const asked = await peer.during(async () => {
    const login = home.mcpgen(["login", "peer"], typing);
    login.catch(() => {}); // it is awaited below
    while (home.pages.length === 0) await sleep(20);
    await withBridges(
      all(3, () => home.start(peer.url)),
      async (bridges) => {
        await Promise.all([login, ...bridges.map((bridge) => bridge.connect())]);
      },
    );
  });
  onePage(home);
  return same(asked, signedIn);
}

/** Three bridges wait, one of them with a page open, when somebody signs in: no second page. */
async function loginFollows(lab, name, peer) {
  const home = lab.home(`${name} bridges first`);
  home.declare(peer.url);
  const asked = await peer.during(() =>
    withBridges(
      all(3, () => home.start(peer.url, undefined, { ...home.opens, ...typing })),
      async (bridges) => {
        const connected = Promise.all(bridges.map((bridge) => bridge.connect()));
        connected.catch(() => {}); // it is awaited below
        while (home.pages.length === 0) await sleep(20);
        await Promise.all([home.mcpgen(["login", "peer"]), connected]);
      },
    ),
  );
  onePage(home);
  return same(asked, byBridge);
}

/** Ten `refresh` and ten `token` at once. The answer is what `token` printed. */
async function renew(home) {
  const tokens = all(10, () => home.mcpgen(["token", "peer"]));
  await Promise.all([...tokens, ...all(10, () => home.mcpgen(["refresh", "peer"]))]);
  return new Set((await Promise.all(tokens)).map(({ stdout }) => stdout.trim()));
}

/** Ten `refresh` and ten `token` find the token's time passed; five bridges go on with what one of them got. */
async function oneRefresh(lab, name, peer) {
  const home = lab.home(`${name} renewing`);
  home.declare(peer.url);
  await home.mcpgen(["login", "peer"]);
  return withBridges(
    all(5, () => home.start(peer.url)),
    async (bridges) => {
      for (const bridge of bridges) await bridge.connect();
      home.letExpire();
      const asked = await peer.during(async () => {
        const printed = await renew(home);
        const { access_token } = JSON.parse(readFileSync(home.tokens, "utf8"));
        const agreed = printed.size === 1 && printed.has(access_token);
        if (!agreed) throw new Error("`token` prints another than the cache has");
        await Promise.all(bridges.map((bridge) => bridge.ping()));
      });
      onePage(home);
      return same(asked, { "refresh_token by mcpgen": 1 });
    },
  );
}

/**
 * All of them find it at the same moment. Two bridges may then refresh one after the other: they do not look again
 * once the lease is theirs. No mcpgen does, nothing is spent twice, and nobody is signed out.
 */
async function nobodySignedOut(lab, name, peer) {
  const home = lab.home(`${name} all at once`);
  home.declare(peer.url);
  await home.mcpgen(["login", "peer"]);
  const asked = await peer.during(() =>
    withBridges(
      all(5, () => home.start(peer.url)),
      async (bridges) => {
        for (const bridge of bridges) await bridge.connect();
        home.letExpire();
        await Promise.all([renew(home), ...bridges.map((bridge) => bridge.ping())]);
      },
    ),
  );
  const { refresh_token: theirs = 0, "refresh_token by mcpgen": ours = 0, ...rest } = asked;
  same(rest, {});
  if (theirs === 0 ? ours !== 1 : ours !== 0)
    throw new Error(`${theirs} refreshes by bridges, ${ours} by mcpgen`);
  await withBridges([home.start(peer.url)], ([bridge]) => bridge.connect());
  onePage(home);
  return same(asked, asked);
}

export async function company(lab) {
  const oidc = await lab.oidc(3600);
  const fastmcp = await lab.fastmcp(3600);
  for (const [name, peer] of [
    ["oidc-provider", oidc],
    ["fastmcp", fastmcp],
  ]) {
    const check = (what, body) =>
      lab.check("company", `${name}: ${what}`, () => body(lab, name, peer));
    await check("three bridges follow a login", bridgesFollow);
    await check("a login follows three bridges", loginFollows);
    await check("10 refresh, 10 token: one refresh, 5 bridges follow", oneRefresh);
    await check("all of them at once: nobody is signed out", nobodySignedOut);
  }
}
