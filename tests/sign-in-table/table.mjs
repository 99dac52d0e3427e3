// Called by run.sh: table.mjs MCPGEN SCRATCH [--quick] [--write FILE] [PART-OF-A-NAME…]
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { requirePackages } from "../lib/packages.mjs";
import { newest, remote } from "../lib/pinned.mjs";
import { SignInHome } from "../lib/sign-in-home.mjs";
import { kinds } from "./kinds.mjs";
import { compare, outcomeOf } from "./outcome.mjs";
import { documentOf } from "./report.mjs";
import { Trial } from "./trial.mjs";
import { ways } from "./ways.mjs";

const lanes = 4;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, write: { type: "string" } },
});
const [mcpgen, scratch, ...parts] = positionals;

/** The situations to run, each with its kind. */
function chosen() {
  const all = kinds.flatMap(({ kind, situations }) =>
    (values.quick ? situations.slice(0, 1) : situations).map((situation) => ({ kind, situation })),
  );
  if (parts.length === 0) return all;
  return all.filter(({ situation }) => parts.some((part) => situation.name.includes(part)));
}

let homes = 0;

/** The outcomes of all ways, by their names. */
async function runWays(situation) {
  const outcomes = Object.keys(ways).map(async (way) => {
    homes += 1;
    const home = new SignInHome(resolve(mcpgen), join(resolve(scratch), `home-${homes}`));
    return [way, await outcomeOf(new Trial(situation, way, home))];
  });
  return Object.fromEntries(await Promise.all(outcomes));
}

/** Negative if a way of mcpgen is worse than mcp-remote, positive if both are better. */
function judge({ "mcp-remote": peer, ...ours }) {
  return Math.min(...Object.values(ours).map((outcome) => Math.sign(compare(outcome, peer))));
}

const words = { "-1": "WORSE ", 0: "equal ", 1: "better" };

/** Whether the outcomes may be due to a busy machine. */
const isDoubtful = (outcomes) =>
  judge(outcomes) < 0 || Object.values(outcomes).some(({ hangs }) => hangs);

/** The outcomes of a situation. If they are doubtful, it runs twice, and the better ones count. */
async function outcomesOf(situation) {
  const outcomes = await runWays(situation);
  if (!isDoubtful(outcomes)) return outcomes;
  const again = await runWays(situation);
  const better = (way) => (compare(again[way], outcomes[way]) > 0 ? again : outcomes)[way];
  return Object.fromEntries(Object.keys(ways).map((way) => [way, better(way)]));
}

async function runRow({ kind, situation }) {
  const started = performance.now();
  const outcomes = await outcomesOf(situation);
  const verdict = judge(outcomes);
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  console.log(`${words[verdict]} ${kind}: ${situation.name} (${seconds})`);
  for (const [way, { text }] of Object.entries(outcomes))
    console.log(`         ${way.padEnd(14)} ${text}`);
  return { kind, situation, outcomes, verdict };
}

async function runAll(situations) {
  const rows = [];
  const entries = situations.entries();
  const lane = async () => {
    for (const [at, one] of entries) rows[at] = await runRow(one);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return rows;
}

requirePackages([...new Map(kinds.flatMap(({ packages = [] }) => packages)), remote(newest)]);
const rows = await runAll(chosen());
if (values.write) writeFileSync(values.write, documentOf(rows, newest));
const worse = rows.filter(({ verdict }) => verdict < 0);
const better = rows.filter(({ verdict }) => verdict > 0);
console.log(
  `${rows.length} situations: mcpgen is better in ${better.length}, equal in ${rows.length - better.length - worse.length}, worse in ${worse.length}`,
);
for (const { kind, situation } of worse) console.log(`FAIL ${kind}: ${situation.name}`);
process.exit(worse.length === 0 && rows.length > 0 ? 0 : 1);
