// Called by run.sh: advised.mjs MCPGEN SCRATCH
import { resolve } from "node:path";
import { Lab } from "../lib/lab.mjs";
import { checkAdvice } from "./advice.mjs";
import { existingSignIns } from "./advised/existing.mjs";
import { firstSignIns } from "./advised/first.mjs";

const lanes = 4;

const [mcpgen, scratch] = process.argv.slice(2);
const lab = new Lab(resolve(mcpgen), resolve(scratch));
const entries = [...firstSignIns, ...existingSignIns].entries();

async function lane() {
  for (const [at, situation] of entries)
    await lab.check("advice", situation.name, () => checkAdvice(situation, lab.home(`home-${at}`)));
}

await Promise.all(Array.from({ length: lanes }, lane));
process.exit(lab.finish() ? 0 : 1);
