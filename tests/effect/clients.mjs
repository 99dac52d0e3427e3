// The clients of clients.json.
//
// A client: the `command` that asks it one question, with the model at @MODEL@; the command to run
// `before`; its `env`; its own `settings` in home/. `quick`: it takes a few seconds. A client that is
// not in ../accept/clients.json also has the fields of lib/packages.mjs. A client that cannot be run
// has only the reason, `cannot`. `call`: the command that calls the tool @TOOL@ of the server
// @SERVER@, for a client without a model, whose `command` lists the tools. `connects`: without an
// account, it only connects to the servers.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clients as pinnedClients } from "../lib/pinned.mjs";
import { selectClients } from "../lib/record.mjs";

export const here = dirname(fileURLToPath(import.meta.url));
export const readJson = (file) => JSON.parse(readFileSync(join(here, file), "utf8"));

/** Every client, including those that cannot be run. */
export const described = readJson("clients.json");

// In ../accept/clients.json, `connects` and `settings` have another meaning.
const defaults = { connects: false, env: {}, settings: [] };

/** The clients that can be run. */
export const clients = Object.fromEntries(
  Object.entries(described)
    .filter(([, client]) => client.command)
    .map(([name, client]) => [name, { ...pinnedClients[name], ...defaults, ...client }]),
);

/** The clients that the options of a bench name. */
export const selectedClients = (bench, options) =>
  selectClients(bench, Object.keys(clients), options, (name) => clients[name].quick);
