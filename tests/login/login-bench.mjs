// Called by run.sh: login-bench.mjs MCPGEN SCRATCH [PART…]
import { Lab } from "../lib/lab.mjs";
import { requirePackages } from "../lib/packages.mjs";
import { parseArguments } from "../lib/parts.mjs";
import { forSignIns } from "../lib/pinned.mjs";
import { checkAccounts } from "./accounts.mjs";
import { versions } from "./bridge-versions.mjs";
import { concurrency } from "./concurrency.mjs";
import { enterprise } from "./enterprise.mjs";
import { clients } from "./five-clients.mjs";
import { conformance } from "./login-conformance.mjs";

const parts = { conformance, versions, clients, concurrency, accounts: checkAccounts, enterprise };

const { mcpgen, scratch, named } = parseArguments("login", parts);
requirePackages(forSignIns);
const lab = new Lab(mcpgen, scratch);
for (const part of named.length > 0 ? named : Object.keys(parts)) await parts[part](lab);
process.exit(lab.finish() ? 0 : 1);
