// The clients' schemas and validators, and where they come from.
//
// A client in validators.json: the `judge` that validates its files; what the page says about it
// (`validator`); and the fields of lib/packages.mjs, which ../accept/clients.json has for most clients.
// `quick`: it takes a few seconds, and needs no big package. A client that runs has the `command`, and
// the `file` in the home directory that the command reads. `says`: what a line of its output contains
// if the client complains about the file. `shows`: what the output contains if the client read the
// file. `section`: where the entries are. `masks`: what it prints in place of a secret. `bundle`: the file with the schema in the package.
// `elsewhere`: fields that another program reads, and why. `plants`: an edit of the user's file for
// each error that the validator must find, instead of those for JSON. `tolerates`: errors that the
// validator does not find. `needs`: other packages of validators.json that the judge uses. A client
// whose schema cannot be run here has the reason, `cannot`.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clients } from "../lib/pinned.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const pins = JSON.parse(readFileSync(join(here, "..", "lib", "pins.json"), "utf8"));

/** Every client of validators.json, as written. */
export const described = JSON.parse(readFileSync(join(here, "validators.json"), "utf8"));

/** The clients that are validated here, with their packages. */
export const validators = Object.fromEntries(
  Object.entries(described)
    .filter(([, { judge }]) => judge)
    .map(([name, client]) => [name, { ...(pins[client.pin] ?? clients[name]), ...client }]),
);

/** The package that validates JSON with a JSON schema. */
export const ajv = pins.ajv;

const replace = (from, to) => (text) => {
  if (!text.includes(from)) throw new Error(`the file does not contain \`${from}\``);
  return text.replace(from, to);
};

const forJson = {
  "unknown field of a local server": ['"command": ', '"plantedField": 1, "command": '],
  "unknown field of a remote server": ['"url": "http', '"plantedField": 1, "url": "http'],
  "wrong type of a local server": ['"command": "/nonexistent/server"', '"command": 3'],
  "wrong type of a remote server": ['"url": "http://127.0.0.1:9/mcp"', '"url": 3'],
};

/** The errors to plant in a client's file: what they are, the edit, and whether they must be found. */
export const plantsOf = (client) =>
  Object.entries({ ...forJson, ...client.plants }).map(([what, [from, to]]) => ({
    what,
    edit: replace(from, to),
    isTolerated: (client.tolerates ?? []).some((kind) => what.startsWith(kind)),
  }));
