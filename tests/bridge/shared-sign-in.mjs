// Twenty bridges share a sign-in, with a server that ends it when a refresh token is used twice.
// Whatever happens to the token, one bridge refreshes it once, every call succeeds, and a single
// bridge starts afterwards without a browser. Then with two of mcp-remote among them, compared with
// twenty of mcp-remote.
import { setTimeout as sleep } from "node:timers/promises";
import { withClients } from "../lib/mcp-client.mjs";

const many = 20;
/** Lifetime of a token that expires soon, in seconds; 45 is realistic, and takes two minutes. */
const shortLifetime = Number(process.env.TOKEN_SECONDS ?? 5);
const callSeconds = 10; // a call without a response by then has failed

const times = (count, start) => Array.from({ length: count }, start);

/** The groups that are compared: how many bridges are mcpgen's, and how many are mcp-remote. */
const groups = {
  mcpgen: { native: many, remote: 0 },
  "mcp-remote alone": { native: 0, remote: many },
  mixed: { native: many - 2, remote: 2 },
};

/** Leaves in the cache what a server without `expires_in` does. */
function forgetExpiry(home) {
  const { expires_in, expires_at, ...tokens } = home.tokens;
  home.tokens = tokens;
}

/** Waits until the token in the cache has expired at the server. */
async function untilExpired(home) {
  await sleep(Math.max(0, home.tokens.expires_at + 200 - Date.now()));
}

const refuse = (_, server) => server.change("/refuse");
const expire = (home) => home.expireInCache();

/**
 * What happens to a token while bridges are connected, or before they start, and how often
 * (`rounds`). `group` is absent if a situation is for every group: a connected mcpgen knows when
 * its token expires, whereas mcp-remote reads the cache, and twenty of mcp-remote connect too
 * slowly for tokens that expire soon.
 */
const situations = [
  {
    name: "expired, connected",
    group: "mcpgen",
    rounds: 1,
    connected: true,
    seconds: 8,
    spoil: untilExpired,
  },
  {
    name: "expired, connected",
    group: "mixed",
    rounds: 3,
    connected: true,
    spoil: expire,
  },
  { name: "expired, at start", rounds: 2, spoil: expire },
  {
    name: "refused early, connected",
    rounds: 3,
    connected: true,
    spoil: refuse,
  },
  { name: "refused early, at start", rounds: 2, spoil: refuse },
  {
    name: "no expiry known, refused, connected",
    rounds: 2,
    connected: true,
    withoutExpiry: true,
    spoil: refuse,
  },
  {
    name: "no expiry known, refused, at start",
    rounds: 2,
    withoutExpiry: true,
    spoil: refuse,
  },
];

/** Whether each call succeeds in time. */
function succeeded(calls) {
  const timeout = sleep(callSeconds * 1000, undefined, { ref: false }).then(() => false);
  const outcome = (call) => call.then(() => true).catch(() => false);
  return Promise.all(calls.map((call) => Promise.race([outcome(call), timeout])));
}

/** Starts the bridges of a group, mcpgen's first. */
function startGroup(home, url, { native, remote }) {
  return [
    ...times(native, () => home.startNative(url)),
    ...times(remote, () => home.startRemote(url)),
  ];
}

/** Counts the calls of each kind of bridge, and those that succeeded. */
class Tally {
  calls = { native: 0, remote: 0 };
  succeeded = { native: 0, remote: 0 };

  /**
   * Adds a round. Returns whether every call succeeded: after a failure, further rounds prove
   * nothing.
   */
  add({ native, remote }, results) {
    for (const [kind, some] of [
      ["native", results.slice(0, native)],
      ["remote", results.slice(native, native + remote)],
    ]) {
      this.calls[kind] += some.length;
      this.succeeded[kind] += some.filter(Boolean).length;
    }
    return !results.includes(false);
  }

  /** The share of calls that succeeded. */
  share(kind) {
    return this.calls[kind] === 0 ? 1 : this.succeeded[kind] / this.calls[kind];
  }

  toString() {
    const kinds = ["native", "remote"].filter((kind) => this.calls[kind] > 0);
    return kinds.map((kind) => `${this.succeeded[kind]}/${this.calls[kind]}`).join("+");
  }
}

/**
 * In each round, something happens to the token while all are connected, and then all call at once.
 */
async function whileConnected(home, server, group, { rounds, spoil }, tally) {
  await withClients(startGroup(home, server.url, group), async (bridges) => {
    await Promise.all(bridges.map((bridge) => bridge.connect()));
    for (let round = 0; round < rounds; round += 1) {
      await spoil(home, server);
      if (!tally.add(group, await succeeded(bridges.map((bridge) => bridge.ping())))) return;
    }
  });
}

/** In each round, something happens to the token, and then all start at once. */
async function atStart(home, server, group, { rounds, spoil }, tally) {
  let complete = true;
  for (let round = 0; complete && round < rounds; round += 1) {
    await spoil(home, server);
    await withClients(startGroup(home, server.url, group), async (bridges) => {
      const calls = bridges.map((bridge) => bridge.connect().then(() => bridge.ping()));
      complete = tally.add(group, await succeeded(calls));
    });
  }
}

/** Whether a single bridge starts with the cache as it is now, without a browser. */
async function isSignedIn(home, server) {
  const before = home.unwantedPages.length;
  const works = await withClients([home.startNative(server.url)], async ([bridge]) => {
    const [works] = await succeeded([bridge.connect().then(() => bridge.ping())]);
    return works;
  });
  return works && home.unwantedPages.length === before;
}

/** Signs in, and runs a situation with a group of bridges. */
async function runSituation(lab, who, situation) {
  const server = await lab.oidc(
    situation.seconds ?? 3600,
    ...(situation.withoutExpiry ? ["without-expiry"] : []),
  );
  const home = lab.home(`${who} ${situation.name}`);
  home.declare(server.url);
  await home.mcpgen(["login", "peer"]);
  if (situation.withoutExpiry) forgetExpiry(home);
  const tally = new Tally();
  const runRounds = situation.connected ? whileConnected : atStart;
  const counts = await server.countDuring(() =>
    runRounds(home, server, groups[who], situation, tally),
  );
  const { "refresh_token by mcpgen": native = 0, refresh_token: remote = 0, ...rest } = counts;
  const refused = Object.entries(rest).flatMap(([name, count]) =>
    /refresh_token.*refused/.test(name) ? [count] : [],
  );
  const spent = refused.reduce((sum, count) => sum + count, native + remote);
  const pages = home.unwantedPages.length;
  const result = { tally, spent, pages, signedIn: await isSignedIn(home, server), rest };
  server.stop();
  return result;
}

const describe = ({ tally, spent, pages, signedIn }, { rounds }) =>
  `${tally} succeeded, ${spent} refreshes in ${rounds}, ${pages} pages, ${signedIn ? "signed in" : "SIGNED OUT"}`;

/**
 * With mcpgen alone: one refresh per round, every call succeeds, no browser, and the sign-in
 * remains.
 */
async function checkNative(lab, situation) {
  const result = await runSituation(lab, "mcpgen", situation);
  const note = describe(result, situation);
  const { tally, spent, pages, signedIn, rest } = result;
  const odd = Object.keys(rest).length > 0;
  if (tally.share("native") < 1 || spent !== situation.rounds || pages > 0 || !signedIn || odd) {
    throw new Error(`${note}\n${JSON.stringify(rest)}`);
  }
  return note;
}

/**
 * Beside mcpgen, two of mcp-remote succeed as often as among their own kind, and no sign-in is lost
 * that those keep.
 */
async function checkMixedIsNoWorse(lab, situation) {
  const alone = await runSituation(lab, "mcp-remote alone", situation);
  const mixed = await runSituation(lab, "mixed", situation);
  const note = `${describe(mixed, situation)}; alone: ${describe(alone, situation)}`;
  const calls = mixed.tally.calls.remote;
  const worse = mixed.tally.succeeded.remote < Math.floor(alone.tally.share("remote") * calls);
  if (worse || (alone.signedIn && !mixed.signedIn)) throw new Error(note);
  return note;
}

/**
 * Tokens that live for seconds: every bridge calls twice a second, for longer than two lifetimes.
 */
async function shortLived(lab) {
  const server = await lab.oidc(shortLifetime, "always");
  const home = lab.home("short-lived");
  home.declare(server.url);
  await home.mcpgen(["login", "peer"]);
  const rounds = shortLifetime * 2 * 2 + 4;
  const group = groups.mcpgen;
  const tally = new Tally();
  let seconds = rounds * 0.7; // a busy machine takes longer
  const counts = await server.countDuring(() =>
    withClients(startGroup(home, server.url, group), async (bridges) => {
      const begun = performance.now();
      await Promise.all(bridges.map((bridge) => bridge.connect()));
      for (let round = 0; round < rounds; round += 1) {
        tally.add(group, await succeeded(bridges.map((bridge) => bridge.ping())));
        await sleep(500);
      }
      seconds = Math.max(seconds, (performance.now() - begun) / 1000);
    }),
  );
  const spent = counts["refresh_token by mcpgen"] ?? 0;
  const note = `${tally} succeeded, ${spent} refreshes`;
  // A bridge refreshes when at most half of the lifetime is left: at most twice per lifetime, and
  // once at the start.
  const most = (seconds * 2) / shortLifetime + 1;
  if (tally.share("native") < 1 || spent < 2 || spent > most || !(await isSignedIn(home, server)))
    throw new Error(note);
  return note;
}

/** Where mcp-remote refreshes correctly too: every call succeeds, and the sign-in remains. */
async function checkMixed(lab, situation) {
  const result = await runSituation(lab, "mixed", situation);
  const note = describe(result, situation);
  const { tally, pages, signedIn } = result;
  if (tally.share("native") < 1 || tally.share("remote") < 1 || pages > 0 || !signedIn)
    throw new Error(note);
  return note;
}

export async function shared(lab) {
  const check = (name, body) => lab.check("shared", name, body);
  const alone = situations.filter(({ group }) => group !== "mixed");
  const run = (one) => check(`${many}: ${one.name}`, () => checkNative(lab, one));
  const waiting = alone.filter(({ seconds }) => seconds).map(run);
  waiting.push(check(`${many}: tokens live ${shortLifetime} s`, () => shortLived(lab)));
  for (const one of alone.filter(({ seconds }) => !seconds)) await run(one);
  await Promise.all(waiting);
  for (const one of situations.filter(
    ({ name, group }) => name.startsWith("expired") && group !== "mcpgen",
  )) {
    await check(`${many - 2} + 2 of mcp-remote: ${one.name}`, () => checkMixed(lab, one));
  }
}

/** Takes minutes: twenty of mcp-remote start slowly and give up slowly. */
export async function mixed(lab) {
  for (const situation of situations.filter(({ group }) => group !== "mcpgen")) {
    await lab.check("mixed", `${many - 2} + 2 of mcp-remote: ${situation.name}`, () =>
      checkMixedIsNoWorse(lab, situation),
    );
  }
}
