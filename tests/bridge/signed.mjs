// Called by signed.sh: signed.mjs MCPGEN SCRATCH [PART…]
import { resolve } from "node:path";
import { Lab } from "../login/lab.mjs";
import { installAll } from "../login/packages.mjs";
import { clients } from "./clients.mjs";
import { company, mixed } from "./company.mjs";
import { conformance } from "./conformance.mjs";
import { signIn } from "./sign-in.mjs";
import { soak } from "./soak.mjs";

const parts = { conformance, company, "sign-in": signIn, clients, soak, mixed };
/** What runs where nothing is named: the soak beside the others. `mixed` takes minutes. */
const usual = ["conformance", "company", "sign-in", "clients"];

const [mcpgen, scratch, ...named] = process.argv.slice(2);
const unknown = named.find((part) => !Object.hasOwn(parts, part));
if (unknown) {
  console.error(
    `bridge: no part is named \`${unknown}\`\n  help: name one of ${Object.keys(parts).join(", ")}`,
  );
  process.exit(2);
}

const missing = installAll();
if (missing.length > 0) {
  console.error(missing.join("\n"));
  process.exit(1);
}

const lab = new Lab(resolve(mcpgen), resolve(scratch));
const beside = named.length > 0 ? undefined : soak(lab);
for (const part of named.length > 0 ? named : usual) await parts[part](lab);
await beside;
process.exit(lab.finish() ? 0 : 1);
