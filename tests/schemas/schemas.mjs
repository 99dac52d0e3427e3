// Called by run.sh: schemas.mjs MCPGEN SCRATCH [CLIENT… | --quick] [--record]
//
// mcpgen writes every kind of server for each client of validators.json, and the client's own schema or
// validator judges the user's file and the file in a project. Before that, the validator must find
// each planted error.
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { requirePackages } from "../lib/packages.mjs";
import { newerNode } from "../lib/pinned.mjs";
import { mustSucceed } from "../lib/process.mjs";
import { atOnce, keepRecord, selectClients, Tally, today } from "../lib/record.mjs";
import { packageJudges } from "./package-schemas.mjs";
import { isCurrent, writePage } from "./page.mjs";
import { runningJudges } from "./running-judges.mjs";
import { ajv, described, plantsOf, validators } from "./validators.mjs";
import { everyServer, writeFiles } from "./written-files.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const options = process.argv.slice(4);
const judges = { ...runningJudges, ...packageJudges };

let homes = 0;

/** The complaints of a client's validator about a file. */
function judge(name, text) {
  homes += 1;
  const home = join(scratch, `judge-${homes}`);
  mkdirSync(home);
  return judges[validators[name].judge]({ name, client: validators[name], text, home });
}

/** Plants each error in a file. Returns what is wrong, and the kinds of errors that were found. */
async function plantErrors(name, text) {
  const errors = [];
  const found = [];
  for (const { what, edit, isTolerated } of plantsOf(validators[name])) {
    const complaints = await judge(name, edit(text));
    if (complaints.length > 0) found.push(what);
    if (complaints.length === 0 && !isTolerated) errors.push(`not found: a planted ${what}`);
    if (complaints.length > 0 && isTolerated)
      errors.push(`found: a planted ${what}; remove it from \`tolerates\``);
  }
  return { errors, found };
}

/** Validates the files of a client. */
async function validate(name) {
  const { files, servers } = await writeFiles(mcpgen, name, join(scratch, name));
  const contents = Object.entries(files).map(([which, path]) => [
    which,
    readFileSync(path, "utf8"),
  ]);
  const { errors, found } = await plantErrors(name, contents[0][1]);
  const verdicts = new Map(); // of files with the same content, the first is judged
  for (const [which, text] of contents) {
    if (!verdicts.has(text)) verdicts.set(text, await judge(name, text));
    errors.push(...verdicts.get(text).map((complaint) => `the ${which} file: ${complaint}`));
  }
  return { servers, files: contents.map(([which]) => which), found, errors };
}

// ---- the run ----

const recorded = JSON.parse(readFileSync(join(here, "recorded.json"), "utf8"));
const tally = new Tally();
const expressed = new Set();

async function run(name) {
  const started = performance.now();
  const { servers, files, found, errors } = await validate(name);
  const before = recorded[name]?.servers ?? 0;
  if (servers.length < before && !options.includes("--record"))
    errors.push(`the client expresses ${servers.length} servers, and the record says ${before}`);
  for (const server of servers) expressed.add(server);
  const passed = errors.length === 0;
  tally.add(passed);
  const { version } = validators[name];
  const took = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const counts = `${servers.length} servers, ${files.length} files, ${found.length} planted errors`;
  const words = [passed ? "ok  " : "FAIL", name.padEnd(12), version.padEnd(10), counts, took];
  console.log(words.join("  "));
  for (const error of errors.slice(0, 20))
    console.log(error.slice(0, 2000).replace(/^/gm, "       "));
  recorded[name] = { version, date: today(), servers: servers.length, files, found, passed };
}

const selected = selectClients(
  "schemas",
  Object.keys(validators),
  options,
  (name) => validators[name].quick,
);
const packages = new Set(selected.flatMap((name) => [name, ...(validators[name].needs ?? [])]));
requirePackages([
  ["ajv", ajv],
  newerNode,
  ...[...packages].map((name) => [name, validators[name]]),
]);
await atOnce(3, selected, (name) => tally.attempt(name, () => run(name)));

const neverWritten = everyServer.filter((server) => server !== "off" && !expressed.has(server));
if (neverWritten.length > 0 && selected.length > 5) {
  tally.add(false);
  console.log(`FAIL no client expresses ${neverWritten.join(", ")}`);
}

// ---- the record ----

const { stdout } = await mustSucceed(mcpgen, ["clients", "--json"]);
const clientTable = JSON.parse(stdout);
const file = join(here, "recorded.json");
const written = () => JSON.parse(readFileSync(file, "utf8"));
keepRecord({
  file,
  recorded,
  options,
  tally,
  page: {
    path: "docs/measurements/schemas.md",
    write: () => writePage(written(), described, clientTable),
    isCurrent: () => isCurrent(written(), described, clientTable),
  },
  help: "just schemas",
});
tally.end();
