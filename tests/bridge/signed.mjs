// Called by signed.sh: signed.mjs MCPGEN SCRATCH [PART…]
import { Lab } from "../lib/lab.mjs";
import { requirePackages } from "../lib/packages.mjs";
import { parseArguments } from "../lib/parts.mjs";
import { forSignIns } from "../lib/pinned.mjs";
import { conformance } from "./bridge-conformance.mjs";
import { clients } from "./real-clients.mjs";
import { mixed, shared } from "./shared-sign-in.mjs";
import { signIn } from "./sign-in.mjs";
import { soak } from "./soak.mjs";

const parts = { conformance, shared, "sign-in": signIn, clients, soak, mixed };
/** What runs if no part is named; the soak runs beside them. `mixed` takes minutes. */
const usual = ["conformance", "shared", "sign-in", "clients"];

const { mcpgen, scratch, named } = parseArguments("bridge", parts);
requirePackages(forSignIns);
const lab = new Lab(mcpgen, scratch);
const beside = named.length > 0 ? undefined : soak(lab);
for (const part of named.length > 0 ? named : usual) await parts[part](lab);
await beside;
process.exit(lab.finish() ? 0 : 1);
