// The command line of a bench that has parts: `MCPGEN SCRATCH [PART…]`.
import { resolve } from "node:path";

/** Reads the arguments. If a part is not known, says so and exits. */
export function parseArguments(bench, parts) {
  const [mcpgen, scratch, ...named] = process.argv.slice(2);
  const unknown = named.find((part) => !Object.hasOwn(parts, part));
  if (unknown) {
    const names = Object.keys(parts).join(", ");
    console.error(`${bench}: unknown part \`${unknown}\`\n  help: name one of ${names}`);
    process.exit(2);
  }
  return { mcpgen: resolve(mcpgen), scratch: resolve(scratch), named };
}
