// Called by run.sh: judged.mjs MCPGEN SCRATCH [CLIENT… | --quick] [--record]
//
// files/CLIENT has correct and incorrect files of a client. For each file, the client and doctor must
// agree which servers work. So a client that accepts everything, or a doctor that does, fails.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stdioServer, withServers } from "../accept/scratch-home.mjs";
import { requirePackages } from "../lib/packages.mjs";
import { clients, newerNode } from "../lib/pinned.mjs";
import { atOnce, keepRecord, selectClients, Tally, today } from "../lib/record.mjs";
import { isCurrent, writePage } from "./page.mjs";
import { clientVerdict, doctorVerdict, makePrograms, prepareHome } from "./verdicts.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const options = process.argv.slice(4);
// These clients take about a second for each file.
const quick = ["claude-code", "codex", "mcporter"];
const path = `${join(scratch, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`;

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

// ---- the run ----

const recorded = JSON.parse(readFileSync(join(here, "recorded.json"), "utf8"));
const tally = new Tally();

function report(name, file, result) {
  const errors = errorsOf(result);
  const passed = errors.length === 0;
  tally.add(passed);
  const row = recorded[name];
  // In a file without servers, the client cannot disagree.
  if (result.names.length > 0) {
    row.files += 1;
    row.agree += passed ? 1 : 0;
    row.incorrect += isSame(result.names, result.seen.works) ? 0 : 1;
  }
  row.false += result.doctor.broken.length > 0 ? 1 : 0;
  if (passed) return;
  const said = [...result.doctor.said.slice(0, 4), result.seen.said.trim().slice(0, 500)];
  console.log(`FAIL  ${name}  ${file}`);
  for (const line of [...errors, ...said]) console.log(line.replace(/^/gm, "       "));
}

const every = readdirSync(join(here, "files")).sort();
const selected = selectClients("judged", every, options, (name) => quick.includes(name));
requirePackages([newerNode, ...selected.map((name) => [name, clients[name]])]);
makePrograms(join(scratch, "bin"), stdioServer);
for (const name of selected)
  recorded[name] = {
    version: clients[name].version,
    date: today(),
    files: 0,
    incorrect: 0,
    agree: 0,
    false: 0,
  };

await withServers(async (URL, MODEL) => {
  const filesOf = (name) => readdirSync(join(here, "files", name)).map((file) => [name, file]);
  const run = async ([name, file]) => {
    const bytes = readFileSync(join(here, "files", name, file));
    report(name, file, await judge(name, bytes, { URL, MODEL }));
  };
  const attempt = (one) => tally.attempt(one.join(" "), () => run(one));
  await atOnce(3, selected.flatMap(filesOf), attempt);
});
for (const name of selected) {
  const { agree, files, incorrect } = recorded[name];
  // Without both kinds, the client or doctor could say the same about every file.
  const hasBoth = incorrect > 0 && incorrect < files;
  if (!hasBoth) tally.add(false);
  const words = [name.padEnd(12), `${agree} of ${files} files`, `${incorrect} incorrect`];
  console.log([agree === files && hasBoth ? "ok  " : "FAIL", ...words].join("  "));
}

// ---- the record ----

const file = join(here, "recorded.json");
const written = () => JSON.parse(readFileSync(file, "utf8"));
keepRecord({
  file,
  recorded,
  options,
  tally,
  page: {
    path: "docs/measurements/judged.md",
    write: () => writePage(written()),
    isCurrent: () => isCurrent(written()),
  },
  help: "just judged",
});
tally.end();
