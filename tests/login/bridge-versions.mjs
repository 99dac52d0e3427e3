// Two servers of different makes, and a version of mcp-remote for each era with the sign-in that
// `mcpgen login` stored. Each connects without a browser: with a valid token, one that is expired
// in the cache, and one that has expired.
import { setTimeout as sleep } from "node:timers/promises";
import { mustEqualCounts } from "../lib/lab.mjs";
import { plainClient, withClients } from "../lib/mcp-client.mjs";
import { eras, newest } from "../lib/pinned.mjs";

const shortLifetime = 2; // seconds, of the first access token where it must expire
const browserSeconds = 20; // until a bridge without a sign-in must have opened a browser

/** The requests of one sign-in. */
export const signInCounts = { register: 1, authorize: 1, "authorization_code by mcpgen": 1 };

/** Signs in once, with one page. */
export async function signIn(home, server, args = ["login", "peer"]) {
  const counts = await server.countDuring(() => home.mcpgen(args));
  mustEqualCounts(counts, signInCounts);
  home.mustHoldOneSignIn();
  home.mustHaveOpened(1);
}

/**
 * mcp-remote connects with the cache as it is, and calls the tool, without a browser. Returns the
 * OAuth requests.
 */
async function connects(home, server, version) {
  const counts = await server.countDuring(() =>
    withClients([home.startRemote(server.url, version)], async ([client]) => {
      await client.connect();
      await client.ping();
    }),
  );
  home.mustNotHaveUnwantedPages();
  return counts;
}

/** Without a sign-in, mcp-remote does open a browser: this proves that the bench would notice. */
async function opensBrowser(home, server, version) {
  await withClients([home.startRemote(server.url, version)], async ([client]) => {
    client.initialize(plainClient).catch(() => {}); // it never connects
    for (
      const deadline = Date.now() + browserSeconds * 1000;
      Date.now() < deadline;
      await sleep(50)
    ) {
      if (home.unwantedPages.length > 0) return;
    }
    throw new Error("mcp-remote without a sign-in does not open a browser");
  });
}

async function checkVersion(lab, name, version, longLived, shortLived) {
  const check = (what, body) =>
    lab.check("versions", `${name}, mcp-remote ${version}: ${what}`, body);
  const home = lab.home(`${name} ${version}`);
  const shortHome = lab.home(`${name} ${version} short`);
  home.declare(longLived.url, version);
  shortHome.declare(shortLived.url, version);

  await check("no sign-in: a browser", () =>
    opensBrowser(lab.home(`${name} ${version} without`), longLived, version),
  );
  await check("one sign-in", async () => {
    await signIn(home, longLived);
    await signIn(shortHome, shortLived);
  });
  await check("connects", async () =>
    mustEqualCounts(await connects(home, longLived, version), {}),
  );
  await check("connects, expired in the cache", async () => {
    home.expireInCache();
    const refreshes = eras[version].refreshes === "ahead" ? { refresh_token: 1 } : {};
    return mustEqualCounts(await connects(home, longLived, version), refreshes);
  });
  await check("connects, really expired", async () => {
    await sleep(Math.max(0, shortHome.tokens.expires_at + 500 - Date.now()));
    const counts = await connects(shortHome, shortLived, version);
    return mustEqualCounts(counts, { refresh_token: 1 });
  });
}

export async function versions(lab) {
  const lifetimes = [3600, shortLifetime];
  const oidc = await Promise.all(lifetimes.map((seconds) => lab.oidc(seconds)));
  const fastmcp = await Promise.all(
    lifetimes.map((seconds) => lab.fastmcp(seconds, "--stateless")),
  );
  await checkVersion(lab, "fastmcp", newest, ...fastmcp);
  for (const version of Object.keys(eras))
    await checkVersion(lab, "oidc-provider", version, ...oidc);
}
