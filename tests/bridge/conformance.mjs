// The official conformance suite, with a client behind a bridge: every scenario of three revisions' lists over
// `mcpgen bridge` and over mcp-remote, one client for both. All that a revision scores must pass, and what it does not
// score (extensions, what came later, what went) may be no worse than mcp-remote's.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bridge, here as login, newest, node22, conformance as suite } from "../login/packages.mjs";
import { run } from "../login/process.mjs";

const client = join(login, "../bridge/suite.mjs");

/**
 * What is run, and how much of it is scored: sign-in scenarios and others. The older suite has no lists of
 * requirements; what it has beyond the revision's is known by its name.
 */
const runs = [
  { suite: "0.1.16", revision: "2025-11-25", args: ["--suite", "all"], auth: 14, rest: 4 },
  {
    suite: "0.2.0-alpha.12",
    revision: "2025-11-25",
    args: ["--requirements", "2025-11-25"],
    auth: 14,
    rest: 4,
  },
  {
    suite: "0.2.0-alpha.12",
    revision: "2026-07-28",
    args: ["--requirements", "2026-07-28"],
    auth: 25,
    rest: 7,
  },
];

/** What 0.1.16 runs and its `auth` suite leaves out. */
const beyond = /^auth\/(2025-03-26|resource-mismatch|offline-access|client-credentials|cross-app)/;

/** The scenarios of a run: what failed in each, a warning too, and whether it is scored. */
function scenarios(version, text) {
  const [, summary] = text.split("=== SUITE SUMMARY ===");
  if (!summary) return undefined;
  const unscored = new Set(
    Array.from(summary.matchAll(/^ {2}[✓✗] (\S+) \(/gm), ([, name]) => name),
  );
  const line = /^([✓✗]) (\S+): \d+ passed, (\d+) failed(?:, (\d+) warnings)?$/gm;
  const all = Array.from(summary.matchAll(line), ([, sign, name, failed, warned = 0]) => {
    const scored = version === "0.1.16" ? !beyond.test(name) : !unscored.has(name);
    return [name, { passed: sign === "✓", failed: Number(failed) + Number(warned), scored }];
  });
  return new Map(all);
}

/** How many of the scored scenarios passed: those of signing in, and the others. */
function score(found) {
  const scored = Array.from(found).filter(([, { scored }]) => scored);
  const count = (some) => [some.filter(([, { passed }]) => passed).length, some.length];
  const isAuth = ([name]) => name.startsWith("auth/");
  return { auth: count(scored.filter(isAuth)), rest: count(scored.filter((one) => !isAuth(one))) };
}

const text = ({ auth, rest }) => `${auth.join("/")} auth, ${rest.join("/")} other`;

/** What the suite and the client said of a scenario; each has a folder, its name ending with the time. */
function words(results, name) {
  const [scenario, ...above] = name.split("/").reverse();
  const folder = join(results, ...above);
  const ran = readdirSync(folder).find((entry) => entry.startsWith(`${scenario}-20`));
  if (!ran) return "";
  const checks = JSON.parse(readFileSync(join(folder, ran, "checks.json"), "utf8"));
  const failed = checks.filter(({ status }) => status === "FAILURE" || status === "WARNING");
  const why = failed.map(
    ({ name: check, errorMessage, description }) => `${check}: ${errorMessage ?? description}`,
  );
  const said = readFileSync(join(folder, ran, "stderr.txt"), "utf8")
    .trim()
    .split("\n")
    .slice(-8);
  return [...why, ...said].map((line) => `\n  ${line}`).join("");
}

/** Both bridges. The browser waits until mcp-remote listens, which may be too late, and calls mcpgen back at once. */
const both = (lab) => ({
  "mcp-remote": { tries: 100, command: [process.execPath, bridge(newest)] },
  mcpgen: { tries: 0, command: [lab.mcpgen, "bridge"] },
});

async function ran(lab, who, { suite: version, revision, args }) {
  const { tries, command: started } = both(lab)[who];
  const name = `${who}-${version}-${revision}`;
  const scratch = join(lab.scratch, name);
  mkdirSync(scratch);
  const results = join(scratch, "results");
  const command = [process.execPath, client, revision, tries, ...started]
    .map((word) => `'${word}'`)
    .join(" ");
  const all = [suite(version), "client", "--command", command, ...args, "-o", results];
  const env = { PATH: process.env.PATH, HOME: scratch, TMPDIR: scratch };
  const said = await run(node22(), all, { env, cwd: scratch, seconds: 150 });
  const found = scenarios(version, said.stdout);
  if (!found)
    throw new Error(
      `${name}: the suite did not come to its end: exit ${said.code}\n${said.stderr}`,
    );
  return { found, results };
}

/** What is wrong with mcpgen's scenarios: those that must pass and do not, and those that are worse than the peer's. */
function faults({ found, results }, peer) {
  return Array.from(found).flatMap(([name, { passed, failed, scored }]) => {
    if (scored && !passed) return [`${name} does not pass${words(results, name)}`];
    const theirs = peer?.get(name);
    return theirs && failed > theirs.failed
      ? [`${name} is worse than mcp-remote's${words(results, name)}`]
      : [];
  });
}

/** That the suite ran what it was asked to: fewer scenarios would pass more easily. */
function complete(found, { auth, rest }) {
  const all = score(found);
  if (all.auth[1] === auth && all.rest[1] === rest) return;
  throw new Error(`${text(all)} were scored, not ${auth} and ${rest}`);
}

/** One run over both, one after the other: the suite starts all scenarios at once, and a machine takes no more. */
async function beside(lab, which) {
  const peer = await ran(lab, "mcp-remote", which);
  const ours = await ran(lab, "mcpgen", which);
  for (const { found } of [peer, ours]) complete(found, which);
  const note = `${text(score(ours.found))} (mcp-remote ${text(score(peer.found))})`;
  const wrong = faults(ours, peer.found);
  if (wrong.length > 0) throw new Error([note, ...wrong].join("\n"));
  return note;
}

export async function conformance(lab) {
  for (const which of runs) {
    await lab.check("conformance", `${which.suite}, ${which.revision}, beside ${newest}`, () =>
      beside(lab, which),
    );
  }
}
