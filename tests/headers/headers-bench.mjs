// Called by run.sh: headers-bench.mjs MCPGEN SCRATCH [CLIENT… | --quick] [--record]
import { join, resolve } from "node:path";
import { clients as effectClients } from "../effect/clients.mjs";
import { Lab } from "../lib/lab.mjs";
import { requirePackages } from "../lib/packages.mjs";
import { forSignIns } from "../lib/pinned.mjs";
import { keepRecord, selectClients, today } from "../lib/record.mjs";
import { here, isCurrent, readRecord, writePage } from "./page.mjs";
import { situations } from "./situations.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const options = process.argv.slice(4);
const quick = options.includes("--quick");

const clients = Object.fromEntries(
  ["claude-code", "codex", "qoder-cli"].map((name) => [name, effectClients[name]]),
);
const selected = selectClients("headers", Object.keys(clients), options, () => true);
requirePackages([...forSignIns, ...selected.map((name) => [name, clients[name]])]);

const lab = new Lab(mcpgen, scratch);
const recorded = readRecord();
const tally = { failed: 0, add: () => {} };
for (const name of selected) {
  const client = clients[name];
  const result = { version: client.version, date: today() };
  for (const [title, situation] of Object.entries(situations)) {
    if ((quick && !situation.quick) || Boolean(client.connects) !== Boolean(situation.connects))
      continue;
    await lab.check(name, title, async () => {
      result[title] = await situation.run({ lab, mcpgen, scratch, name, client });
      return result[title];
    });
  }
  if (!quick) recorded[name] = result;
}
const passed = lab.finish();
keepRecord({
  file: join(here, "recorded.json"),
  recorded,
  options,
  tally,
  page: { path: "docs/measurements/headers.md", write: writePage, isCurrent },
  help: "just headers",
});
process.exit(passed && !process.exitCode ? 0 : 1);
