// Called by run.sh: effect.mjs MCPGEN SCRATCH [CLIENT… | --quick | --planted] [--record]
//
// First, planted clients must turn the expected columns red (planted.mjs). With --planted, only they run.
// --record writes the results to recorded.json, and docs/effect.md from it.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { requirePackages } from "../lib/packages.mjs";
import { newerNode, newest, remote } from "../lib/pinned.mjs";
import { describeRun, mustSucceed } from "../lib/process.mjs";
import { clients, here, readJson, selectedClients } from "./clients.mjs";
import { bridges } from "./effect-home.mjs";
import { isCurrent, writePage } from "./page.mjs";
import { runPlantedClients } from "./planted.mjs";
import { runRound } from "./round.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const options = process.argv.slice(4);

// ---- the run ----

const recorded = readJson("recorded.json");
const tally = { passed: 0, failed: 0 };

function report(name, bridge, seconds, { run, about, columns }) {
  const failed = columns.filter(([, reasons]) => reasons.length > 0);
  const passed = failed.length === 0;
  tally[passed ? "passed" : "failed"] += 1;
  const took = `${seconds.toFixed(1)} s`;
  const { version } = clients[name];
  const words = [name.padEnd(12), version.padEnd(26), bridge.padEnd(10), took];
  console.log([passed ? "ok  " : "FAIL", ...words].join(" "));
  if (passed) return;
  for (const [column, reasons] of failed)
    for (const reason of reasons) console.log(`       ${column}: ${reason}`);
  for (const [what, lines] of Object.entries({ offered: about.offered, launched: about.launched }))
    console.log(`       ${what}: ${lines.join(", ").slice(0, 1000)}`);
  console.log(describeRun(run).slice(-2000).replace(/^/gm, "       "));
}

/** Runs a client with each bridge. */
async function runClient(name) {
  const { version } = clients[name];
  const result = { version, date: new Date().toISOString().slice(0, 10) };
  if (clients[name].connects) result.connects = true;
  for (const bridge of Object.keys(bridges)) {
    const started = performance.now();
    const directory = join(scratch, `${name}-${bridge}`);
    const outcome = await runRound({ mcpgen, directory, name, client: clients[name], bridge });
    report(name, bridge, (performance.now() - started) / 1000, outcome);
    const passed = outcome.columns.map(([column, reasons]) => [column, reasons.length === 0]);
    result[bridge] = Object.fromEntries(passed);
  }
  recorded[name] = result;
}

const selected = options.includes("--planted") ? [] : selectedClients(options);
requirePackages([remote(newest), newerNode, ...selected.map((name) => [name, clients[name]])]);
for (const passed of await runPlantedClients(mcpgen, scratch))
  tally[passed ? "passed" : "failed"] += 1;
const queue = selected.values();
const worker = async () => {
  for (const name of queue) await runClient(name);
};
await Promise.all([worker(), worker()]); // clients mostly wait

// ---- the record ----

const { stdout } = await mustSucceed(mcpgen, ["clients", "--json"]);
const clientTable = JSON.parse(stdout);
if (options.includes("--record")) {
  const sorted = Object.fromEntries(Object.entries(recorded).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(here, "recorded.json"), `${JSON.stringify(sorted, null, 2)}\n`);
  writePage(clientTable);
} else if (!isCurrent(clientTable)) {
  tally.failed += 1;
  console.log("FAIL docs/effect.md is not what recorded.json says\n       help: just effect");
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
