// Sign-ins that bridges start: twenty at once with an empty cache, in the middle of a session, for
// another scope, after one that was killed, on another device, and with client credentials.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mustEqualCounts } from "../lib/lab.mjs";
import { withClients } from "../lib/mcp-client.mjs";
import { lib } from "../lib/pinned.mjs";

const many = 20;
const browser = join(lib, "browser.mjs");
const secret = "the secret of a machine"; // as in oidc-server.mjs

const times = (count, start) => Array.from({ length: count }, start);

const signInCounts = { register: 1, authorize: 1, "authorization_code by mcpgen": 1 };

const connectAll = (bridges) =>
  Promise.all(bridges.map((bridge) => bridge.connect().then(() => bridge.ping())));

/** A single bridge starts with what is in the cache, without a browser. */
async function mustStartAlone(home, server, options) {
  await withClients([home.startNative(server.url, {}, options)], connectAll);
  home.mustNotHaveUnwantedPages();
}

/** The cache is empty, and all start at once. */
async function emptyCache(home, server) {
  const counts = await server.countDuring(() =>
    withClients(
      times(many, () => home.startNative(server.url, home.signingBrowser)),
      connectAll,
    ),
  );
  home.mustHaveOpened(1);
  home.mustHoldOneSignIn();
  await mustStartAlone(home, server);
  return mustEqualCounts(counts, signInCounts);
}

/**
 * The server forgets the sign-in while all are connected: it refuses to refresh, and one bridge
 * signs in again.
 */
async function forgotten(home, server) {
  await home.mcpgen(["login", "peer"]);
  const counts = await withClients(
    times(many, () => home.startNative(server.url, home.signingBrowser)),
    async (bridges) => {
      await connectAll(bridges);
      await server.change("/forget");
      return server.countDuring(() => Promise.all(bridges.map((bridge) => bridge.ping())));
    },
  );
  home.mustHaveOpened(2); // the first one was the login's
  await mustStartAlone(home, server);
  const { authorize, ...rest } = counts; // includes the request that checks the registration
  return mustEqualCounts(rest, {
    "authorization_code by mcpgen": 1,
    "refresh_token by mcpgen refused": 1,
  });
}

/**
 * The tool requires a scope that sign-in and registration lack: one of each is made again, for all
 * bridges.
 */
async function stepUp(home, server) {
  await home.mcpgen(["login", "peer"]);
  const counts = await withClients(
    times(many, () => home.startNative(server.url, home.signingBrowser)),
    async (bridges) => {
      await connectAll(bridges);
      await server.change("/want-more");
      return server.countDuring(() => Promise.all(bridges.map((bridge) => bridge.ping())));
    },
  );
  home.mustHaveOpened(2);
  const scope = new URL(home.pages[1]).searchParams.get("scope").split(" ");
  const wanted = ["mcp:tools", "mcp:more", "offline_access"].filter((one) => !scope.includes(one));
  if (wanted.length > 0) throw new Error(`the second page asks for \`${scope.join(" ")}\``);
  await mustStartAlone(home, server);
  const { authorize, ...rest } = counts;
  return mustEqualCounts(rest, { register: 1, "authorization_code by mcpgen": 1 });
}

/**
 * The bridge that opened the page is killed: the three that waited for it open exactly one page.
 */
async function killed(home, server) {
  const slow = { ...home.signingBrowser, BROWSER_DELAY: "60" };
  await withClients([home.startNative(server.url, slow)], async ([first]) => {
    first.connect().catch(() => {}); // it never connects
    while (home.pages.length === 0) await sleep(20);
    await withClients(
      times(3, () => home.startNative(server.url, home.signingBrowser)),
      async (followers) => {
        const connected = connectAll(followers);
        connected.catch(() => {}); // awaited below
        await sleep(1000);
        home.mustHaveOpened(1);
        await first.stop();
        await connected;
      },
    );
  });
  home.mustHaveOpened(2);
  home.mustHoldOneSignIn();
  await mustStartAlone(home, server);
  return "the followers sign in";
}

/** Somebody types the code that the bridge prints into the page that it prints. */
async function byDevice(home, server) {
  const options = ["--device-code"];
  const counts = await server.countDuring(() =>
    withClients([home.startNative(server.url, {}, options)], async ([bridge]) => {
      const connected = bridge.connect().then(() => bridge.ping());
      connected.catch(() => {}); // awaited below
      const [, code] = await bridge.stderrMatch(/\b([A-Z]{4}-[A-Z]{4})\b/);
      const [, page] = await bridge.stderrMatch(/(http:\S+\/device)\b/);
      spawn(browser, [`${page}?user_code=${code}`], {
        env: { ...home.env, ...home.signingBrowser },
        stdio: "ignore",
      });
      await connected;
    }),
  );
  await mustStartAlone(home, server, options);
  const { "urn:ietf:params:oauth:grant-type:device_code by mcpgen": got, register } = counts;
  return mustEqualCounts({ got, register }, { got: 1, register: 1 });
}

/**
 * The bridges have client credentials. One of them requests a token, and one does when the server
 * refuses it.
 */
async function withCredentials(home, server) {
  const info = JSON.stringify({ client_id: "machine", client_secret: "${SECRET}" });
  const options = ["--client-credentials", "--static-oauth-client-info", info];
  const bridges = times(many, () => home.startNative(server.url, { SECRET: secret }, options));
  const counts = await server.countDuring(() =>
    withClients(bridges, async () => {
      await connectAll(bridges);
      await server.change("/refuse");
      await Promise.all(bridges.map((bridge) => bridge.ping()));
    }),
  );
  home.mustNotHaveUnwantedPages();
  return mustEqualCounts(counts, { "client_credentials by mcpgen": 2 });
}

/**
 * A bridge is killed while its page is open, and one of the other kind takes over: either page
 * signs in.
 */
async function takenOver(lab) {
  for (const pair of [
    ["startNative", "startRemote"],
    ["startRemote", "startNative"],
  ]) {
    for (const chosen of [0, 1]) {
      const server = await lab.oidc(3600);
      const home = lab.home(`taken over ${pair[0]} ${chosen}`);
      home.declare(server.url);
      const [start, takeOver] = pair.map((kind) => () => home[kind](server.url));
      const opened = async (count) => {
        while (home.unwantedPages.length < count) await sleep(20);
        await sleep(200); // the flow is written, and the port is open
      };
      await withClients([start()], async ([first]) => {
        first.connect().catch(() => {}); // it never connects
        await opened(1);
        await first.stop();
      });
      await withClients([takeOver()], async ([second]) => {
        const connected = second.connect().then(() => second.ping());
        connected.catch(() => {}); // awaited below
        await opened(2);
        spawn(browser, [home.unwantedPages[chosen]], { env: home.env, stdio: "ignore" });
        await connected;
      });
      server.stop();
    }
  }
  return "either page, either way";
}

/**
 * The server keeps its clients and tokens in memory, and is restarted: each bridge, and a login,
 * works again with one page.
 */
async function restarted(lab) {
  const home = lab.home("restarted");
  const first = await lab.fastmcp(3600);
  home.declare(first.url);
  await home.mcpgen(["login", "peer"]);
  first.stop();
  const restart = async () => {
    await sleep(500); // the port becomes free
    return lab.fastmcp(3600, `--port=${new URL(first.url).port}`);
  };
  const second = await restart();
  const counts = await second.countDuring(() =>
    withClients([home.startNative(second.url, home.signingBrowser)], connectAll),
  );
  home.mustHaveOpened(2);
  home.mustHoldOneSignIn();
  second.stop();
  const third = await restart();
  await home.mcpgen(["login", "peer"]);
  home.mustHaveOpened(3);
  await mustStartAlone(home, third);
  third.stop();
  const { register, "authorization_code by mcpgen": code } = counts;
  return mustEqualCounts({ register, code }, { register: 1, code: 1 });
}

/** Slow: with `--device-code`, a bridge asks only every five seconds. */
const slow = ["a code for another device", byDevice];

const cases = [
  [`${many} at once, empty cache, GET needs a token`, emptyCache],
  [`${many} at once, empty cache, GET is not allowed`, emptyCache, "get-405"],
  [`${many} connected, the server forgets the sign-in`, forgotten],
  [`${many} connected, a tool requires another scope`, stepUp],
  ["killed during its sign-in, three wait", killed],
  [`${many} with client credentials, refused once`, withCredentials],
];

async function checkCase(lab, [name, body, ...serverOptions]) {
  await lab.check("sign-in", name, async () => {
    const server = await lab.oidc(3600, ...serverOptions);
    const home = lab.home(name);
    home.declare(server.url);
    try {
      return await body(home, server);
    } finally {
      server.stop();
    }
  });
}

export async function signIn(lab) {
  const waiting = checkCase(lab, slow);
  for (const one of cases) await checkCase(lab, one);
  await lab.check("sign-in", "mcpgen and mcp-remote take over from each other", () =>
    takenOver(lab),
  );
  await lab.check("sign-in", "fastmcp is restarted, and has forgotten the client", () =>
    restarted(lab),
  );
  await waiting;
}
