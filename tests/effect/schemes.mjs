// Called by schemes.sh, with its own message bus: schemes.mjs MCPGEN SCRATCH [CLIENT… | --quick] [--record]
//
// Each client gets a local server for each secret reference. Either the client's call reaches the server, which then has
// the right secret, or `check --secrets`, `plan` and `doctor` have said that it does not.
import { join, resolve } from "node:path";
import { requirePackages } from "../lib/packages.mjs";
import { newerNode, newest, remote } from "../lib/pinned.mjs";
import { describeRun, mustSucceed } from "../lib/process.mjs";
import { atOnce, keepRecord, Tally, today } from "../lib/record.mjs";
import { clients, here, readJson, selectedClients } from "./clients.mjs";
import { ScriptedModel } from "./model.mjs";
import { isCurrent, writePage } from "./page.mjs";
import { fillStores, references, SchemesHome } from "./schemes-home.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const options = process.argv.slice(4);
const clientTable = JSON.parse((await mustSucceed(mcpgen, ["clients", "--json"])).stdout);

/** The first quick client of each kind: it passes its environment, clears it, or removes secrets. */
function oneOfEachKind() {
  const kindOf = Object.fromEntries(clientTable.map((row) => [row.name, row.environment]));
  const quick = Object.keys(clients).filter((name) => clients[name].quick && kindOf[name]);
  const kinds = new Map(quick.reverse().map((name) => [kindOf[name], name]));
  if (kinds.size < 3) throw new Error(`only ${[...kinds.keys()].join(" and ")} has a quick client`);
  return [...kinds.values()];
}

/** Runs a client. Returns what arrives, and the disagreements between that and what mcpgen says. */
async function runOnce(name) {
  const model = await new ScriptedModel(
    references.map(({ tool }) => tool),
    {},
  ).listen();
  try {
    const home = new SchemesHome(mcpgen, join(scratch, name), name);
    home.addSettings(clients[name].settings, model);
    const reported = await home.reported();
    const calls = references.map(({ server, tool }) => [server, tool]);
    const run = await home.runClient(clients[name], model, calls);
    const outcome = { run, arrives: {}, errors: [] };
    for (const one of references) {
      const { server, reference } = one;
      const arrives = home.hasArrived(one, clients[name].connects);
      outcome.arrives[reference] = arrives;
      for (const [command, servers] of Object.entries(reported)) {
        if (servers.includes(server) !== arrives) continue;
        const says = arrives ? "says that it does not arrive" : "does not say so";
        outcome.errors.push(
          `${reference} ${arrives ? "arrives" : "does not arrive"}, and \`${command}\` ${says}`,
        );
      }
    }
    return outcome;
  } finally {
    model.stop();
  }
}

const recorded = readJson("schemes.json");
const tally = new Tally();

async function runClient(name) {
  const started = performance.now();
  const { version, connects } = clients[name];
  const { run, arrives, errors } = await runOnce(name);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const passed = errors.length === 0;
  tally.add(passed);
  console.log(
    [passed ? "ok  " : "FAIL", name.padEnd(12), version.padEnd(26), `${seconds} s`].join(" "),
  );
  for (const error of errors) console.log(`       ${error}`);
  if (!passed) {
    console.log(describeRun(run).slice(-2000).replace(/^/gm, "       "));
    return; // the page only has what mcpgen and the client agree on
  }
  recorded[name] = { version, date: today(), connects, arrives };
}

const selected = options.includes("--quick")
  ? oneOfEachKind()
  : selectedClients("schemes", options);
requirePackages([remote(newest), newerNode, ...selected.map((name) => [name, clients[name]])]);
fillStores(scratch, mcpgen);
await atOnce(2, selected, (name) => tally.attempt(name, () => runClient(name)));

keepRecord({
  file: join(here, "schemes.json"),
  recorded,
  options,
  tally,
  page: {
    path: "docs/measurements/effect.md",
    write: () => writePage(clientTable),
    isCurrent: () => isCurrent(clientTable),
  },
  help: "just schemes",
});
tally.end();
