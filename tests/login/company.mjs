// Many at once: bridges that wait while somebody signs in, and everything that renews tokens at the same moment,
// against a server that ends a sign-in when a refresh token is used twice.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withBridges } from "./bridge.mjs";
import { same } from "./lab.mjs";

const typing = { BROWSER_DELAY: "4" }; // seconds until whoever signs in has typed the password

const once = { register: 1, authorize: 1, authorization_code: 1 };

const onePage = (home) => {
  if (home.pages.length !== 1) throw new Error(`${home.pages.length} pages were opened\n${home.pages.join("\n")}`);
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
    await withBridges(all(3, () => home.start(peer.url)), async (bridges) => {
      await Promise.all([login, ...bridges.map((bridge) => bridge.connect())]);
    });
  });
  onePage(home);
  return same(asked, once);
}

/** Three bridges wait, one of them with a page open, when somebody signs in: no second page. */
async function loginFollows(lab, name, peer) {
  const home = lab.home(`${name} bridges first`);
  home.declare(peer.url);
  const asked = await peer.during(() =>
    withBridges(all(3, () => home.start(peer.url, undefined, { ...home.opens, ...typing })), async (bridges) => {
      const connected = Promise.all(bridges.map((bridge) => bridge.connect()));
      connected.catch(() => {}); // it is awaited below
      while (home.pages.length === 0) await sleep(20);
      await Promise.all([home.mcpgen(["login", "peer"]), connected]);
    }),
  );
  onePage(home);
  return same(asked, once);
}

/** Five bridges call the tool while ten `refresh` and ten `token` run, on a token whose time has passed. */
async function oneRefresh(lab, name, peer) {
  const home = lab.home(`${name} renewing`);
  home.declare(peer.url);
  await home.mcpgen(["login", "peer"]);
  let printed;
  const asked = await peer.during(() =>
    withBridges(all(5, () => home.start(peer.url)), async (bridges) => {
      for (const bridge of bridges) await bridge.connect();
      home.letExpire();
      const tokens = all(10, () => home.mcpgen(["token", "peer"]));
      const others = [...all(10, () => home.mcpgen(["refresh", "peer"])), ...bridges.map((bridge) => bridge.ping())];
      await Promise.all([...tokens, ...others]);
      printed = new Set((await Promise.all(tokens)).map(({ stdout }) => stdout.trim()));
    }),
  );
  const note = same(asked, { refresh_token: 1 });
  const { access_token } = JSON.parse(readFileSync(home.tokens, "utf8"));
  if (printed.size !== 1) throw new Error(`\`token\` prints ${printed.size} different ones`);
  if (!printed.has(access_token)) throw new Error("`token` prints another one than the cache has");
  await withBridges([home.start(peer.url)], ([bridge]) => bridge.connect());
  onePage(home);
  return note;
}

export async function company(lab) {
  const oidc = await lab.oidc(3600);
  const fastmcp = await lab.fastmcp(3600);
  for (const [name, peer] of [
    ["oidc-provider", oidc],
    ["fastmcp", fastmcp],
  ]) {
    const check = (what, body) => lab.check("company", `${name}: ${what}`, () => body(lab, name, peer));
    await check("three bridges follow a login", bridgesFollow);
    await check("a login follows three bridges", loginFollows);
    await check("5 bridges, 10 refresh, 10 token: one refresh", oneRefresh);
  }
}
