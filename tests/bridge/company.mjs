// Twenty bridges on one sign-in, at a server that ends it when a refresh token is used twice. Whatever happens to the
// token, one of them renews it once, every call is answered, and a lone bridge later starts without a browser. Then in
// mixed company: two of mcp-remote among them, beside twenty of mcp-remote alone, which is what they had before.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withBridges } from "../login/bridge.mjs";

const many = 20;
// Seconds that a token lives where it is not to live for a minute: 45 in reality, which takes two minutes.
const short = Number(process.env.TOKEN_SECONDS ?? 5);
const patience = 10; // seconds until a call counts as not answered

const all = (count, start) => Array.from({ length: count }, start);

/** The bridges that are compared, by whom they belong to. */
const groups = {
  mcpgen: { ours: many, theirs: 0 },
  "mcp-remote alone": { ours: 0, theirs: many },
  mixed: { ours: many - 2, theirs: 2 },
};

/** What a server without `expires_in` leaves in the cache. */
function forgetExpiry(home) {
  const { expires_in, expires_at, ...tokens } = JSON.parse(readFileSync(home.tokens, "utf8"));
  const now = `${home.tokens}.now`;
  writeFileSync(now, JSON.stringify(tokens, null, 2), { mode: 0o600 });
  renameSync(now, home.tokens);
}

/** Waits until the token of the cache is really over. */
async function untilOver(home) {
  const { expires_at } = JSON.parse(readFileSync(home.tokens, "utf8"));
  await sleep(Math.max(0, expires_at + 200 - Date.now()));
}

/**
 * What happens to a token while bridges are connected, or before they start, and how often. A connected mcpgen goes by
 * the token that it has, mcp-remote by what the cache says of it; and twenty of those connect too slowly for tokens
 * that are soon over.
 */
const situations = [
  {
    name: "expired, connected",
    of: "mcpgen",
    rounds: 1,
    connected: true,
    seconds: 8,
    spoil: untilOver,
  },
  {
    name: "expired, connected",
    of: "mixed",
    rounds: 3,
    connected: true,
    spoil: (home) => home.letExpire(),
  },
  { name: "expired, at start", rounds: 2, spoil: (home) => home.letExpire() },
  {
    name: "refused early, connected",
    rounds: 3,
    connected: true,
    spoil: (_, peer) => peer.change("/refuse"),
  },
  { name: "refused early, at start", rounds: 2, spoil: (_, peer) => peer.change("/refuse") },
  {
    name: "no expiry known, refused, connected",
    rounds: 2,
    connected: true,
    untold: true,
    spoil: (_, peer) => peer.change("/refuse"),
  },
  {
    name: "no expiry known, refused, at start",
    rounds: 2,
    untold: true,
    spoil: (_, peer) => peer.change("/refuse"),
  },
];

/** Which calls are answered in time. */
async function answered(calls) {
  const late = sleep(patience * 1000, undefined, { ref: false }).then(() => false);
  return Promise.all(
    calls.map((call) =>
      Promise.race([
        call.then(
          () => true,
          () => false,
        ),
        late,
      ]),
    ),
  );
}

/** Bridges of a group, ours first. */
function started(home, url, { ours, theirs }) {
  return [...all(ours, () => home.native(url)), ...all(theirs, () => home.start(url))];
}

/** Rounds of calls, all at once: how many each side had answered. */
class Tally {
  calls = { ours: 0, theirs: 0 };
  answered = { ours: 0, theirs: 0 };

  /** One more round, and whether it was a whole one: after another there is nothing to go on with. */
  add({ ours, theirs }, results) {
    const good = (some) => some.filter(Boolean).length;
    for (const [side, some] of [
      ["ours", results.slice(0, ours)],
      ["theirs", results.slice(ours, ours + theirs)],
    ]) {
      this.calls[side] += some.length;
      this.answered[side] += good(some);
    }
    return !results.includes(false);
  }

  /** The share that was answered, and as words. */
  share(side) {
    return this.calls[side] === 0 ? 1 : this.answered[side] / this.calls[side];
  }

  toString() {
    const sides = ["ours", "theirs"].filter((side) => this.calls[side] > 0);
    return sides.map((side) => `${this.answered[side]}/${this.calls[side]}`).join("+");
  }
}

/** The token is spoiled while all are connected, and all call at once; round after round. */
async function whileConnected(home, peer, group, { rounds, spoil }, tally) {
  await withBridges(started(home, peer.url, group), async (bridges) => {
    await Promise.all(bridges.map((bridge) => bridge.connect()));
    for (let round = 0; round < rounds; round += 1) {
      await spoil(home, peer);
      if (!tally.add(group, await answered(bridges.map((bridge) => bridge.ping())))) return;
    }
  });
}

/** The token is spoiled before all start at once; round after round. */
async function atStart(home, peer, group, { rounds, spoil }, tally) {
  let fine = true;
  for (let round = 0; fine && round < rounds; round += 1) {
    await spoil(home, peer);
    await withBridges(started(home, peer.url, group), async (bridges) => {
      const used = bridges.map((bridge) => bridge.connect().then(() => bridge.ping()));
      fine = tally.add(group, await answered(used));
    });
  }
}

/** Whether a lone bridge starts with what is left, and asks nobody. */
async function alive(home, peer) {
  const before = home.asked.length;
  const works = await withBridges([home.native(peer.url)], async ([bridge]) => {
    const [works] = await answered([bridge.connect().then(() => bridge.ping())]);
    return works;
  });
  return works && home.asked.length === before;
}

/** What comes of a situation for a group that starts with a fresh sign-in. */
async function lived(lab, who, situation) {
  const peer = await lab.oidc(situation.seconds ?? 3600, ...(situation.untold ? ["untold"] : []));
  const home = lab.home(`${who} ${situation.name}`);
  home.declare(peer.url);
  await home.mcpgen(["login", "peer"]);
  if (situation.untold) forgetExpiry(home);
  const tally = new Tally();
  const go = situation.connected ? whileConnected : atStart;
  const asked = await peer.during(() => go(home, peer, groups[who], situation, tally));
  const { "refresh_token by mcpgen": ours = 0, refresh_token: theirs = 0, ...rest } = asked;
  const refused = Object.entries(rest).flatMap(([name, count]) =>
    /refresh_token.*refused/.test(name) ? [count] : [],
  );
  const spent = refused.reduce((sum, count) => sum + count, ours + theirs);
  const pages = home.asked.length;
  const result = { tally, spent, pages, alive: await alive(home, peer), rest };
  peer.stop();
  return result;
}

const told = ({ tally, spent, pages, alive: lives }, { rounds }) =>
  `${tally} answered, ${spent} refreshes in ${rounds}, ${pages} pages, ${lives ? "alive" : "SIGNED OUT"}`;

/** Among mcpgens alone: one refresh a round, every call answered, nobody asked, the sign-in alive. */
async function perfect(lab, situation) {
  const result = await lived(lab, "mcpgen", situation);
  const note = told(result, situation);
  const { tally, spent, pages, alive: lives, rest } = result;
  const odd = Object.keys(rest).length > 0;
  if (tally.share("ours") < 1 || spent !== situation.rounds || pages > 0 || !lives || odd) {
    throw new Error(`${note}\n${JSON.stringify(rest)}`);
  }
  return note;
}

/** Two of mcp-remote have no fewer calls answered than among their own, and no sign-in is lost that those keep. */
async function noWorse(lab, situation) {
  const alone = await lived(lab, "mcp-remote alone", situation);
  const mixed = await lived(lab, "mixed", situation);
  const note = `${told(mixed, situation)}; alone: ${told(alone, situation)}`;
  const calls = mixed.tally.calls.theirs;
  const worse = mixed.tally.answered.theirs < Math.floor(alone.tally.share("theirs") * calls);
  if (worse || (alone.alive && !mixed.alive)) throw new Error(note);
  return note;
}

/** Tokens that live for seconds: every bridge calls twice a second, for longer than two of them live. */
async function shortLived(lab) {
  const peer = await lab.oidc(short, "always");
  const home = lab.home("short-lived");
  home.declare(peer.url);
  await home.mcpgen(["login", "peer"]);
  const rounds = short * 2 * 2 + 4;
  const group = groups.mcpgen;
  const tally = new Tally();
  const asked = await peer.during(() =>
    withBridges(started(home, peer.url, group), async (bridges) => {
      await Promise.all(bridges.map((bridge) => bridge.connect()));
      for (let round = 0; round < rounds; round += 1) {
        tally.add(group, await answered(bridges.map((bridge) => bridge.ping())));
        await sleep(500);
      }
    }),
  );
  const spent = asked["refresh_token by mcpgen"] ?? 0;
  const note = `${tally} answered, ${spent} refreshes`;
  // Ahead of the end by half of the time at most, so no more often than twice in it, and once for each that ended.
  const most = (rounds * 0.7 * 2) / short + 1;
  if (tally.share("ours") < 1 || spent < 2 || spent > most || !(await alive(home, peer)))
    throw new Error(note);
  return note;
}

/** In mixed company where mcp-remote is careful itself: every call is answered, and the sign-in is alive. */
async function together(lab, situation) {
  const result = await lived(lab, "mixed", situation);
  const note = told(result, situation);
  const { tally, pages, alive: lives } = result;
  if (tally.share("ours") < 1 || tally.share("theirs") < 1 || pages > 0 || !lives)
    throw new Error(note);
  return note;
}

export async function company(lab) {
  const check = (name, body) => lab.check("company", name, body);
  const alone = situations.filter(({ of }) => of !== "mixed");
  const run = (one) => check(`${many}: ${one.name}`, () => perfect(lab, one));
  const waiting = alone.filter(({ seconds }) => seconds).map(run);
  waiting.push(check(`${many}: tokens live ${short} s`, () => shortLived(lab)));
  for (const one of alone.filter(({ seconds }) => !seconds)) await run(one);
  await Promise.all(waiting);
  for (const one of situations.filter(
    ({ name, of }) => name.startsWith("expired") && of !== "mcpgen",
  )) {
    await check(`${many - 2} + 2 of mcp-remote: ${one.name}`, () => together(lab, one));
  }
}

/** Takes minutes: twenty of mcp-remote are slow to start and slow to give up. */
export async function mixed(lab) {
  for (const situation of situations.filter(({ of }) => of !== "mcpgen")) {
    await lab.check("mixed", `${many - 2} + 2 of mcp-remote: ${situation.name}`, () =>
      noWorse(lab, situation),
    );
  }
}
