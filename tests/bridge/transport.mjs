// Part 3: the details of the transports, one check per promise.
import { bodies } from "./bodies.mjs";
import { legacy } from "./legacy.mjs";
import { load } from "./load.mjs";
import { modern } from "./modern.mjs";
import { network } from "./network.mjs";
import { options } from "./options.mjs";
import { recovery } from "./recovery.mjs";
import { sessions } from "./sessions.mjs";
import { streams } from "./streams.mjs";

export function transport(bench) {
  const checks = [
    sessions,
    streams,
    bodies,
    legacy,
    modern,
    options,
    network(bench.directory("authority")),
    recovery,
  ].flat();
  return Promise.all([
    ...checks.map((check) => bench.check("transport", ...check)),
    ...load.map((check) => bench.alone("transport", ...check)),
  ]);
}
