// Called by run.sh: effect.mjs MCPGEN SCRATCH [CLIENT… | --quick] [--record]
//
// --record writes the results to recorded.json, and docs/effect.md from it.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { requirePackages } from "../lib/packages.mjs";
import { newerNode, newest, remote } from "../lib/pinned.mjs";
import { describeRun, mustSucceed } from "../lib/process.mjs";
import { calls, checks, forbidden, tools, wanted } from "./checks.mjs";
import { clients, here, readJson, selectedClients } from "./clients.mjs";
import { CountingServer } from "./counting-server.mjs";
import { bridges, EffectHome } from "./effect-home.mjs";
import { ScriptedModel } from "./model.mjs";
import { isCurrent, writePage } from "./page.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const options = process.argv.slice(4);

/** Runs a client once. Returns the reasons of each check that fails, by column. */
async function runOnce(name, bridge) {
  const server = await new CountingServer(tools).listen();
  const model = await new ScriptedModel(wanted, forbidden).listen();
  try {
    const home = new EffectHome(mcpgen, join(scratch, `${name}-${bridge}`));
    home.addSettings(clients[name].settings, model);
    for (const enabled of [true, false]) {
      home.declareFor(name, bridge, server, tools, { enabled });
      await home.mcpgen(["apply"]);
    }
    await home.mcpgen(["login", "signed"]);
    home.mustHaveOpened(1);
    server.requests.length = 0;

    const run = await home.runClient(clients[name], model, calls);
    const about = home.record(run, model, server);
    const { connects } = clients[name];
    const signIn = home.tokens.access_token;
    const seen = { home, server, model, bridge, connects, signIn };
    const columns = Object.entries(checks).map(([column, check]) => {
      const reasons = check(seen).filter((reason) => typeof reason === "string");
      return [column, reasons];
    });
    return { run, about, columns };
  } finally {
    server.stop();
    model.stop();
  }
}

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
    const outcome = await runOnce(name, bridge);
    report(name, bridge, (performance.now() - started) / 1000, outcome);
    const passed = outcome.columns.map(([column, reasons]) => [column, reasons.length === 0]);
    result[bridge] = Object.fromEntries(passed);
  }
  recorded[name] = result;
}

const selected = selectedClients(options);
requirePackages([remote(newest), newerNode, ...selected.map((name) => [name, clients[name]])]);
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
