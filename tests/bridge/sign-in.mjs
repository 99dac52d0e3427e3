// Sign-ins that bridges begin themselves: twenty at once with nothing in the cache, in the middle of a session, for
// another scope, after one that was killed half way, on another device, and without anybody.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withBridges } from "../login/bridge.mjs";
import { same } from "../login/lab.mjs";
import { here as login } from "../login/packages.mjs";

const many = 20;
const browser = join(login, "browser.mjs");
const secret = "the secret of a machine"; // the one that oidc.mjs knows

const all = (count, start) => Array.from({ length: count }, start);

const once = { register: 1, authorize: 1, "authorization_code by mcpgen": 1 };

const connectAll = (bridges) =>
  Promise.all(bridges.map((bridge) => bridge.connect().then(() => bridge.ping())));

function mustHaveOpened(home, pages) {
  if (home.pages.length !== pages)
    throw new Error(`${home.pages.length} pages were opened, not ${pages}`);
}

/** A lone bridge starts with what is in the cache, and asks nobody. */
async function aliveAfter(home, peer, flags) {
  await withBridges([home.native(peer.url, {}, flags)], connectAll);
  home.mustNotHaveAsked();
}

/** Nothing in the cache, and all start at once. */
async function nothingYet(home, peer) {
  const asked = await peer.during(() =>
    withBridges(
      all(many, () => home.native(peer.url, home.opens)),
      connectAll,
    ),
  );
  mustHaveOpened(home, 1);
  home.mustBeTidy();
  await aliveAfter(home, peer);
  return same(asked, once);
}

/** The server forgets the sign-in while all are connected: refreshing is refused, and one of them signs in anew. */
async function forgotten(home, peer) {
  await home.mcpgen(["login", "peer"]);
  const asked = await withBridges(
    all(many, () => home.native(peer.url, home.opens)),
    async (bridges) => {
      await connectAll(bridges);
      await peer.change("/forget");
      return peer.during(() => Promise.all(bridges.map((bridge) => bridge.ping())));
    },
  );
  mustHaveOpened(home, 2); // the first one was the login's
  await aliveAfter(home, peer);
  const { authorize, ...rest } = asked; // looking whether the registration still holds counts there too
  return same(rest, { "authorization_code by mcpgen": 1, "refresh_token by mcpgen refused": 1 });
}

/** The tool wants one more scope than sign-in and registration have: one of both anew, for all of them. */
async function stepUp(home, peer) {
  await home.mcpgen(["login", "peer"]);
  const asked = await withBridges(
    all(many, () => home.native(peer.url, home.opens)),
    async (bridges) => {
      await connectAll(bridges);
      await peer.change("/want-more");
      return peer.during(() => Promise.all(bridges.map((bridge) => bridge.ping())));
    },
  );
  mustHaveOpened(home, 2);
  const scope = new URL(home.pages[1]).searchParams.get("scope").split(" ");
  const wanted = ["mcp:tools", "mcp:more", "offline_access"].filter((one) => !scope.includes(one));
  if (wanted.length > 0) throw new Error(`the second page asks for \`${scope.join(" ")}\``);
  await aliveAfter(home, peer);
  const { authorize, ...rest } = asked;
  return same(rest, { register: 1, "authorization_code by mcpgen": 1 });
}

/** The one that opened the page is killed; those that followed it go on with a page of their own, just one. */
async function killed(home, peer) {
  const slow = { ...home.opens, BROWSER_DELAY: "60" };
  await withBridges([home.native(peer.url, slow)], async ([first]) => {
    first.connect().catch(() => {}); // it will not
    while (home.pages.length === 0) await sleep(20);
    await withBridges(
      all(3, () => home.native(peer.url, home.opens)),
      async (followers) => {
        const connected = connectAll(followers);
        connected.catch(() => {}); // it is awaited below
        await sleep(1000);
        mustHaveOpened(home, 1);
        await first.stop();
        await connected;
      },
    );
  });
  mustHaveOpened(home, 2);
  home.mustBeTidy();
  await aliveAfter(home, peer);
  return "the followers sign in";
}

/** Somebody who types the code that the bridge says into the page that it says. */
async function byDevice(home, peer) {
  const flags = ["--device-code"];
  const asked = await peer.during(() =>
    withBridges([home.native(peer.url, {}, flags)], async ([bridge]) => {
      const connected = bridge.connect().then(() => bridge.ping());
      connected.catch(() => {}); // it is awaited below
      const [, code] = await bridge.says(/\b([A-Z]{4}-[A-Z]{4})\b/);
      const [, page] = await bridge.says(/(http:\S+\/device)\b/);
      spawn(browser, [`${page}?user_code=${code}`], {
        env: { ...home.env, ...home.opens },
        stdio: "ignore",
      });
      await connected;
    }),
  );
  await aliveAfter(home, peer, flags);
  const { "urn:ietf:params:oauth:grant-type:device_code by mcpgen": got, register } = asked;
  return same({ got, register }, { got: 1, register: 1 });
}

/** Nobody signs in: the bridges have a secret of their own. One asks for a token, also when the server refuses it. */
async function byItself(home, peer) {
  const info = JSON.stringify({ client_id: "machine", client_secret: "${SECRET}" });
  const flags = ["--client-credentials", "--static-oauth-client-info", info];
  const bridges = all(many, () => home.native(peer.url, { SECRET: secret }, flags));
  const asked = await peer.during(() =>
    withBridges(bridges, async () => {
      await connectAll(bridges);
      await peer.change("/refuse");
      await Promise.all(bridges.map((bridge) => bridge.ping()));
    }),
  );
  home.mustNotHaveAsked();
  return same(asked, { "client_credentials by mcpgen": 2 });
}

/** A device's bridge asks every five seconds whether somebody has typed the code. */
const slow = ["a code for another device", byDevice];

const cases = [
  [`${many} at once, nothing in the cache, a GET is refused`, nothingYet],
  [`${many} at once, nothing in the cache, a GET is not known`, nothingYet, "get-405"],
  [`${many} connected, the server forgets the sign-in`, forgotten],
  [`${many} connected, a tool wants another scope`, stepUp],
  ["killed half way, three follow", killed],
  [`${many} with client credentials, refused once`, byItself],
];

async function each(lab, [name, body, ...ways]) {
  await lab.check("sign-in", name, async () => {
    const peer = await lab.oidc(3600, ...ways);
    const home = lab.home(name);
    home.declare(peer.url);
    try {
      return await body(home, peer);
    } finally {
      peer.stop();
    }
  });
}

export async function signIn(lab) {
  const waiting = each(lab, slow);
  for (const one of cases) await each(lab, one);
  await waiting;
}
