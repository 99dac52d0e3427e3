// Part 3: what matters between bridge and server, one check a promise.
import { legacy } from "./legacy.mjs";
import { network } from "./network.mjs";
import { wire } from "./wire.mjs";

export const transport = (bench) => Promise.all([wire, legacy, network].flatMap((part) => part(bench)));
