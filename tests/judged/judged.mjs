// Called by run.sh: judged.mjs MCPGEN SCRATCH [CLIENT… | --quick] [--record]
//
// files/CLIENT has correct and incorrect files of a client. For each file, the client and doctor must
// agree which servers work. Before that, the bench must find a planted verdict that is wrong.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stdioServer, withServers } from "../accept/scratch-home.mjs";
import { requirePackages } from "../lib/packages.mjs";
import { clients, newerNode } from "../lib/pinned.mjs";
import { isCurrent, writePage } from "./page.mjs";
import { clientVerdict, doctorVerdict, makePrograms, prepareHome } from "./verdicts.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const options = process.argv.slice(4);
// These clients take about a second for each file.
const quick = ["claude-code", "codex", "mcporter"];
const path = `${join(scratch, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`;

function selectedClients() {
  const all = readdirSync(join(here, "files")).sort();
  const named = options.filter((option) => !option.startsWith("--"));
  const unknown = named.find((name) => !all.includes(name));
  if (unknown) {
    console.error(`judged: unknown client \`${unknown}\`\n  help: name one of ${all.join(", ")}`);
    process.exit(2);
  }
  if (named.length > 0) return named;
  return options.includes("--quick") ? quick : all;
}

// ---- one file ----

const isSame = (one, other) => [...one].sort().join() === [...other].sort().join();
let homes = 0;

/** The verdicts about a file. Each verdict has a home directory of its own. */
async function judge(name, bytes, values) {
  const client = clients[name];
  homes += 1;
  const [one, other] = ["client", "doctor"].map((who) => join(scratch, `${who}-${homes}`));
  const names = prepareHome(one, client, bytes, values);
  prepareHome(other, client, bytes, values);
  const seen = await clientVerdict(name, client, one, { path, values });
  const doctor = await doctorVerdict(mcpgen, client, other, { names, path });
  for (const home of [one, other]) rmSync(home, { recursive: true, force: true });
  const works = seen.works.filter((entry) => names.includes(entry));
  return { names, seen: { ...seen, works }, doctor };
}

/** What is wrong with the verdict of doctor. */
function errorsOf({ names, seen, doctor }) {
  const errors = doctor.broken.map((cause) => `a false finding: ${cause}`);
  if (isSame(seen.works, doctor.works)) return errors;
  const list = (works) => names.filter((name) => works.includes(name)).join(", ") || "nothing";
  errors.push(`in the client, ${list(seen.works)} works; for doctor, ${list(doctor.works)} works`);
  return errors;
}

/** Turns the verdict of doctor into a wrong one. The bench must find it. */
function plantErrors(result) {
  const { names, seen, doctor } = result;
  const wrong = seen.works.length > 0 ? [] : names;
  const planted = [
    { ...result, doctor: { ...doctor, works: wrong } },
    { ...result, doctor: { ...doctor, broken: ["planted"] } },
  ];
  return planted.every((verdict) => errorsOf(verdict).length > 0);
}

// ---- the run ----

const recorded = JSON.parse(readFileSync(join(here, "recorded.json"), "utf8"));
const tally = { passed: 0, failed: 0 };

function report(name, file, result) {
  const errors = errorsOf(result);
  if (result.names.length > 0 && !plantErrors(result)) errors.push("a planted error is not found");
  const passed = errors.length === 0;
  tally[passed ? "passed" : "failed"] += 1;
  const row = recorded[name];
  row.files += 1;
  row.agree += passed ? 1 : 0;
  row.incorrect += isSame(result.names, result.seen.works) ? 0 : 1;
  row.false += result.doctor.broken.length > 0 ? 1 : 0;
  if (passed) return;
  const said = [...result.doctor.said.slice(0, 4), result.seen.said.trim().slice(0, 500)];
  console.log(`FAIL  ${name}  ${file}`);
  for (const line of [...errors, ...said]) console.log(line.replace(/^/gm, "       "));
}

const selected = selectedClients();
requirePackages([newerNode, ...selected.map((name) => [name, clients[name]])]);
makePrograms(join(scratch, "bin"), stdioServer);
const date = new Date().toISOString().slice(0, 10);
for (const name of selected)
  recorded[name] = {
    version: clients[name].version,
    date,
    files: 0,
    incorrect: 0,
    agree: 0,
    false: 0,
  };

await withServers(async (URL, MODEL) => {
  const filesOf = (name) => readdirSync(join(here, "files", name)).map((file) => [name, file]);
  const queue = selected.flatMap(filesOf).values();
  const worker = async () => {
    for (const [name, file] of queue) {
      const bytes = readFileSync(join(here, "files", name, file));
      report(name, file, await judge(name, bytes, { URL, MODEL }));
    }
  };
  await Promise.all([worker(), worker(), worker()]); // clients mostly wait
});
for (const name of selected) {
  const { agree, files } = recorded[name];
  console.log(
    `${agree === files ? "ok  " : "FAIL"}  ${name.padEnd(12)}  ${agree} of ${files} files`,
  );
}

// ---- the record ----

if (options.includes("--record")) {
  const sorted = Object.fromEntries(Object.entries(recorded).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(here, "recorded.json"), `${JSON.stringify(sorted, null, 2)}\n`);
  writePage(sorted);
} else if (!isCurrent(JSON.parse(readFileSync(join(here, "recorded.json"), "utf8")))) {
  tally.failed += 1;
  console.log("FAIL docs/judged.md is not what recorded.json says\n       help: just judged");
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
