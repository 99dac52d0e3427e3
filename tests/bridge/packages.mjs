// The pinned packages of this bench, in the same folders as those of the others.
import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, program } from "../accept/peers.mjs";
import { bridge, installBridge, installPython, newest } from "../login/packages.mjs";

export { python3 } from "../login/packages.mjs";

export const here = dirname(fileURLToPath(import.meta.url));
const pins = JSON.parse(readFileSync(join(here, "peers.json"), "utf8"));

/** The bridge that mcpgen's is compared with. */
export const remote = () => bridge(newest);
/** The server that has everything. */
export const everything = () => realpathSync(program(pins.everything));

/** Installs what is not there yet; the answer is what could not be. */
export function installAll() {
  return [
    installBridge(newest),
    install("server-everything", pins.everything),
    installPython(),
  ].filter(Boolean);
}
