// Called by run.sh: effect.mjs MCPGEN SCRATCH [CLIENT… | --quick | --planted] [--record]
//
// First, planted clients must turn the expected columns red (planted.mjs). With --planted, only they run.
// --record writes the results to recorded.json, and docs/measurements/effect.md from it.
import { join, resolve } from "node:path";
import { requirePackages } from "../lib/packages.mjs";
import { newerNode, newest, remote } from "../lib/pinned.mjs";
import { describeRun, mustSucceed } from "../lib/process.mjs";
import { atOnce, keepRecord, Tally, today } from "../lib/record.mjs";
import { clients, here, readJson, selectedClients } from "./clients.mjs";
import { bridges } from "./effect-home.mjs";
import { isCurrent, writePage } from "./page.mjs";
import { runPlantedClients } from "./planted.mjs";
import { runRound } from "./round.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const options = process.argv.slice(4);

// ---- the run ----

const recorded = readJson("recorded.json");
const tally = new Tally();

function report(name, bridge, seconds, { run, about, columns }) {
  const failed = columns.filter(([, reasons]) => reasons.length > 0);
  const passed = failed.length === 0;
  tally.add(passed);
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
  const result = { version, date: today() };
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

const selected = options.includes("--planted") ? [] : selectedClients("effect", options);
requirePackages([remote(newest), newerNode, ...selected.map((name) => [name, clients[name]])]);
for (const passed of await runPlantedClients(mcpgen, scratch)) tally.add(passed);
await atOnce(2, selected, (name) => tally.attempt(name, () => runClient(name)));

// ---- the record ----

const { stdout } = await mustSucceed(mcpgen, ["clients", "--json"]);
const clientTable = JSON.parse(stdout);
keepRecord({
  file: join(here, "recorded.json"),
  recorded,
  options,
  tally,
  page: {
    path: "docs/measurements/effect.md",
    write: () => writePage(clientTable),
    isCurrent: () => isCurrent(clientTable),
  },
  help: "just effect",
});
tally.end();
