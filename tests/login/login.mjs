// Called by run.sh: login.mjs MCPGEN SCRATCH [PART…]
import { resolve } from "node:path";
import { clients } from "./clients.mjs";
import { company } from "./company.mjs";
import { conformance } from "./conformance.mjs";
import { Lab } from "./lab.mjs";
import { installAll } from "./packages.mjs";
import { peers } from "./peers.mjs";

const parts = { conformance, peers, clients, company };

const [mcpgen, scratch, ...named] = process.argv.slice(2);
const unknown = named.find((part) => !Object.hasOwn(parts, part));
if (unknown) {
  console.error(
    `login: no part is named \`${unknown}\`\n  help: name one of ${Object.keys(parts).join(", ")}`,
  );
  process.exit(2);
}

const missing = installAll();
if (missing.length > 0) {
  console.error(missing.join("\n"));
  process.exit(1);
}

const lab = new Lab(resolve(mcpgen), resolve(scratch));
for (const part of named.length > 0 ? named : Object.keys(parts)) await parts[part](lab);
process.exit(lab.finish() ? 0 : 1);
