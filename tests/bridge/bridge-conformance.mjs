// The official conformance suite, with a client behind a bridge: every scenario of three lists,
// over `mcpgen bridge` and over mcp-remote, with the same client. Every scored scenario must pass.
// The others (extensions, later and earlier revisions) may be no worse than with mcp-remote.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { conformanceScript, lib, newest, node22, remoteScript } from "../lib/pinned.mjs";
import { runProgram } from "../lib/process.mjs";

const client = join(lib, "../bridge/bridge-suite-client.mjs");

/**
 * The runs, and how many scenarios of each are scored: those of signing in, and the others. The
 * older suite has no lists of requirements; what it has beyond the revision is recognized by its
 * name.
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

/** Extensions that mcpgen supports. The lists of requirements do not have them. */
const extensions = [
  "auth/enterprise-managed-authorization",
  "auth/wif-jwt-bearer",
  "auth/client-credentials-jwt",
  "auth/client-credentials-basic",
];

/** What 0.1.16 runs beyond its `auth` suite. */
const beyond = /^auth\/(2025-03-26|resource-mismatch|offline-access|client-credentials|cross-app)/;

/** The scenarios of a run: how many checks failed or warned in each, and whether it is scored. */
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

/**
 * How many of the scored scenarios passed, and how many there are: those of signing in, and the
 * others.
 */
function score(found) {
  const scored = Array.from(found).filter(([, { scored }]) => scored);
  const count = (some) => [some.filter(([, { passed }]) => passed).length, some.length];
  const isAuth = ([name]) => name.startsWith("auth/");
  return { auth: count(scored.filter(isAuth)), rest: count(scored.filter((one) => !isAuth(one))) };
}

const text = ({ auth, rest }) => `${auth.join("/")} auth, ${rest.join("/")} other`;

/**
 * The failed checks and the stderr of a scenario; each has a directory whose name ends with the
 * time.
 */
function details(results, name) {
  const [scenario, ...above] = name.split("/").reverse();
  const parent = join(results, ...above);
  const ran = readdirSync(parent).find((entry) => entry.startsWith(`${scenario}-20`));
  if (!ran) return "";
  const checks = JSON.parse(readFileSync(join(parent, ran, "checks.json"), "utf8"));
  const failed = checks.filter(({ status }) => status === "FAILURE" || status === "WARNING");
  const why = failed.map(
    ({ name: check, errorMessage, description }) => `${check}: ${errorMessage ?? description}`,
  );
  const stderr = readFileSync(join(parent, ran, "stderr.txt"), "utf8")
    .trim()
    .split("\n")
    .slice(-8);
  return [...why, ...stderr].map((line) => `\n  ${line}`).join("");
}

/**
 * Both bridges. mcp-remote opens the browser before it listens, so the browser tries again; with
 * mcpgen, only once.
 */
const bridges = (lab) => ({
  "mcp-remote": { tries: 100, command: [process.execPath, remoteScript(newest)] },
  mcpgen: { tries: 0, command: [lab.mcpgen, "bridge"] },
});

/** Runs scenarios of a suite. Returns the run, and the directory of its results. */
async function startSuite(lab, who, name, { suite: version, revision, args }) {
  const { tries, command: started } = bridges(lab)[who];
  const scratch = join(lab.scratch, name);
  mkdirSync(scratch);
  const results = join(scratch, "results");
  const command = [process.execPath, client, revision, tries, ...started]
    .map((word) => `'${word}'`)
    .join(" ");
  const all = [conformanceScript(version), "client", "--command", command, ...args, "-o", results];
  const env = { PATH: process.env.PATH, HOME: scratch, TMPDIR: scratch };
  const run = await runProgram(node22(), all, { env, cwd: scratch, seconds: 150 });
  return { run, results };
}

async function runSuite(lab, who, which) {
  const name = `${who}-${which.suite}-${which.revision}`;
  const { run, results } = await startSuite(lab, who, name, which);
  const found = scenarios(which.suite, run.stdout);
  if (!found) throw new Error(`${name}: the suite did not finish: exit ${run.code}\n${run.stderr}`);
  return { found, results };
}

/**
 * mcpgen's errors: scored scenarios that do not pass, and others that are worse than with
 * mcp-remote.
 */
function errorsOf({ found, results }, peer) {
  return Array.from(found).flatMap(([name, { passed, failed, scored }]) => {
    if (scored && !passed) return [`${name} does not pass${details(results, name)}`];
    const theirs = peer?.get(name);
    return theirs && failed > theirs.failed
      ? [`${name} is worse than with mcp-remote${details(results, name)}`]
      : [];
  });
}

/** Fails unless the suite ran as many scenarios as it should. */
function mustBeComplete(found, { auth, rest }) {
  const all = score(found);
  if (all.auth[1] === auth && all.rest[1] === rest) return;
  throw new Error(`${text(all)} were scored, not ${auth} and ${rest}`);
}

/**
 * One run over both, one after the other: the suite starts all scenarios at once, which is load
 * enough.
 */
async function compare(lab, which) {
  const peer = await runSuite(lab, "mcp-remote", which);
  const ours = await runSuite(lab, "mcpgen", which);
  for (const { found } of [peer, ours]) mustBeComplete(found, which);
  const note = `${text(score(ours.found))} (mcp-remote ${text(score(peer.found))})`;
  const wrong = errorsOf(ours, peer.found);
  if (wrong.length > 0) throw new Error([note, ...wrong].join("\n"));
  return note;
}

async function extension(lab, scenario) {
  const which = { suite: "0.2.0-alpha.12", revision: "2025-11-25", args: ["--scenario", scenario] };
  const runOne = (who) => startSuite(lab, who, `${who}-${scenario.replaceAll("/", "-")}`, which);
  const { run, results } = await runOne("mcpgen");
  if (run.code !== 0) throw new Error(`${run.stdout}${details(results, scenario)}`);
  const { run: theirs } = await runOne("mcp-remote");
  return `mcp-remote ${theirs.code === 0 ? "passes too" : "does not pass"}`;
}

export async function conformance(lab) {
  for (const scenario of extensions) {
    await lab.check("conformance", `0.2.0-alpha.12 ${scenario}`, () => extension(lab, scenario));
  }
  for (const which of runs) {
    await lab.check("conformance", `${which.suite}, ${which.revision}, beside ${newest}`, () =>
      compare(lab, which),
    );
  }
}
