// Called by run.sh: bridge.mjs MCPGEN SCRATCH [PART…]
import { resolve } from "node:path";
import { bad } from "./bad.mjs";
import { Bench } from "./bench.mjs";
import { everything } from "./everything.mjs";
import { fast } from "./fast.mjs";
import { installAll } from "./packages.mjs";
import { transport } from "./transport.mjs";

const parts = { everything, fast, transport, bad };

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

const bench = new Bench(resolve(mcpgen), resolve(scratch));
const wanted = named.length > 0 ? named : Object.keys(parts);
await Promise.all(wanted.map((part) => parts[part](bench)));
process.exit(bench.finish() ? 0 : 1);
