// Two servers of different makes, and a bridge of each era on the cache that `mcpgen login` has seeded: it connects
// and asks nobody, with a token that lives, one that the cache says is over, and one that is really over.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withBridges } from "./bridge.mjs";
import { same } from "./lab.mjs";
import { eras, newest } from "./packages.mjs";

const short = 2; // seconds that the first access token lives for, where it is to run out
const patience = 20; // seconds

/** What a server is asked for one sign-in. */
export const signedIn = { register: 1, authorize: 1, "authorization_code by mcpgen": 1 };

/** Signs in once; the server says so, and one page was opened. */
export async function signIn(home, peer, args = ["login", "peer"]) {
  const asked = await peer.during(() => home.mcpgen(args));
  same(asked, signedIn);
  home.mustBeTidy();
  if (home.pages.length !== 1) throw new Error(`${home.pages.length} pages were opened`);
}

/** A bridge connects on the cache as it is, calls the tool, and asks for no browser. */
export async function connects(home, peer, version = newest) {
  const asked = await peer.during(() =>
    withBridges([home.start(peer.url, version)], async ([bridge]) => {
      await bridge.connect();
      await bridge.ping();
    }),
  );
  home.mustNotHaveAsked();
  return asked;
}

/** Without a sign-in the same bridge does ask: that it does not is no accident of the bench. */
async function asksWithout(home, peer, version) {
  await withBridges([home.start(peer.url, version)], async ([bridge]) => {
    bridge
      .ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: {} })
      .catch(() => {});
    for (const stop = Date.now() + patience * 1000; Date.now() < stop; await sleep(50)) {
      if (home.asked.length > 0) return;
    }
    throw new Error("a bridge without a sign-in does not open a browser");
  });
}

async function seeded(lab, name, version, lasting, passing) {
  const check = (what, body) => lab.check("peers", `${name}, bridge ${version}: ${what}`, body);
  const home = lab.home(`${name} ${version}`);
  const ending = lab.home(`${name} ${version} ending`);
  home.declare(lasting.url, version);
  ending.declare(passing.url, version);

  await check("without a sign-in it asks", () =>
    asksWithout(lab.home(`${name} ${version} without`), lasting, version),
  );
  await check("one sign-in", async () => {
    await signIn(home, lasting);
    await signIn(ending, passing);
  });
  await check("connects", async () => same(await connects(home, lasting, version), {}));
  await check("again, expired in the cache", async () => {
    home.letExpire();
    const ahead = eras[version].refreshes === "ahead";
    return same(await connects(home, lasting, version), ahead ? { refresh_token: 1 } : {});
  });
  await check("again, really expired", async () => {
    const { expires_at } = JSON.parse(readFileSync(ending.tokens, "utf8"));
    await sleep(Math.max(0, expires_at + 500 - Date.now()));
    return same(await connects(ending, passing, version), { refresh_token: 1 });
  });
}

export async function peers(lab) {
  const oidc = await Promise.all([lab.oidc(3600), lab.oidc(short)]);
  const fastmcp = await Promise.all([
    lab.fastmcp(3600, "--stateless"),
    lab.fastmcp(short, "--stateless"),
  ]);
  await seeded(lab, "fastmcp", newest, ...fastmcp);
  for (const version of Object.keys(eras)) await seeded(lab, "oidc-provider", version, ...oidc);
}
