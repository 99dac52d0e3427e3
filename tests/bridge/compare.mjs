// Called by run.sh: compare.mjs MCPGEN SCRATCH [PART…]
import { requirePackages } from "../lib/packages.mjs";
import { parseArguments } from "../lib/parts.mjs";
import {
  everything as everythingPackage,
  fastmcp as fastmcpPackage,
  newest,
  remote,
} from "../lib/pinned.mjs";
import { bad } from "./bad.mjs";
import { everything } from "./everything.mjs";
import { fastmcp } from "./fastmcp.mjs";
import { transport } from "./transport.mjs";
import { Bench } from "./trials.mjs";

const parts = { everything, fastmcp, transport, bad };

const { mcpgen, scratch, named } = parseArguments("bridge", parts);
requirePackages([remote(newest), everythingPackage, fastmcpPackage]);
const bench = new Bench(mcpgen, scratch);
const wanted = named.length > 0 ? named : Object.keys(parts);
await Promise.all(wanted.map((part) => parts[part](bench)));
process.exit(bench.finish() ? 0 : 1);
