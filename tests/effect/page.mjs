// Makes docs/measurements/effect.md of recorded.json, schemes.json and the client table.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newest } from "../lib/pinned.mjs";
import { described, here, readJson } from "./clients.mjs";
import { bridges } from "./effect-home.mjs";

const path = join(here, "..", "..", "docs", "measurements", "effect.md");

const columns = {
  signed: "shared sign-in",
  launched: "our launch",
  keyed: "API token",
  local: "local server",
  denied: "denied tool, remote",
  "denied-local": "denied tool, local",
  allowed: "allowed only",
  disabled: "disabled server",
};

const head = `# What takes effect in each client

\`just effect\` runs each of these clients and records the results, from which it generates this page. The bench applies a
declaration, signs in once with \`mcpgen login\`, and starts the client with a scripted model that calls the tools of the
servers. Each client runs with mcp-remote ${newest}, which is the default bridge, and with the native bridge.

First, the bench runs planted clients, and must find exactly what they do wrong: one connects to the servers itself, one
calls hidden tools, one gives up before it has tried all tools, one opens a page, and one starts a disabled server. So
each column is known to fail when it must. The columns say what the bench checks:

- **${columns.signed}**: the call reaches the server with the access token of \`mcpgen login\`. No message arrives
  without this token, nobody registers, and no page opens.
- **${columns.launched}**: the client starts the command line that mcpgen wrote.
- **${columns.keyed}**: a call through \`mcpgen exec\` reaches the server with the token that a secret reference names.
- **${columns.local}**: a call reaches a local server.
- **${columns.denied}**: if \`tools.deny\` of a remote server lists a tool, the bridge hides this tool, so
  the model does not see it. If the model calls the tool nevertheless, the call does not reach the server.
- **${columns["denied-local"]}**: the same for a local server, whose tools \`mcpgen exec\` hides.
- **${columns.allowed}**: if \`tools.allow\` of a remote and of a local server does not list a tool, the model does not see
  this tool and cannot call it.
- **${columns.disabled}**: if a server gets \`enabled = false\`, the next apply disables or removes its entry, and the client
  does not start it.

*Connects* means that the client needs an account to call a tool. Without an account, it starts the servers, and their
first messages have the right token.

`;

const schemesHead = `
## How a secret reaches a server

\`just schemes\` starts each client with a local server for each of these secret references, and records the results. The
keyring is a gnome-keyring, and the password store is one of \`pass\`. *Yes* means that the client called a tool of the
server, and that the server had the secret. If a secret does not reach its server, \`plan\`, \`check --secrets\` and
\`doctor\` must say so before the client starts. The bench fails if mcpgen and the client disagree in either direction.

The message bus of the bench is not at its usual place, \`/run/user/UID/bus\`, and neither is the runtime directory. If
they are, \`mcpgen exec\` finds them even in a client that clears the environment.

`;

/** A cell: `yes`, or the bridges with which the check failed. */
function cell(result, column) {
  if (result.connects && ["denied", "denied-local", "allowed"].includes(column)) return "–";
  if (Object.keys(bridges).some((bridge) => result[bridge][column] === undefined))
    return "not run yet";
  const failed = Object.keys(bridges).filter((bridge) => !result[bridge][column]);
  const isConnection = result.connects && ["signed", "keyed", "local"].includes(column);
  if (failed.length === 0) return isConnection ? "connects" : "yes";
  return failed.length === 2
    ? "**no**"
    : `**not with ${failed[0] === "native" ? "the native bridge" : failed[0]}**`;
}

const row = (cells) => `| ${cells.join(" | ")} |\n`;
const table = (titles, rows) =>
  `${row(titles)}|${"---|".repeat(titles.length)}\n${rows.map(row).join("")}`;

/** How a secret reaches a server in a client, by its reference. */
function schemes(recorded) {
  const references = Object.keys(Object.values(recorded)[0]?.arrives ?? {});
  const rows = Object.entries(recorded).map(([name, { version, date, connects, arrives }]) => [
    `\`${name}\``,
    version,
    date,
    ...references.map((reference) => {
      if (!arrives[reference]) return "**no**, and mcpgen says so";
      return connects ? "connects" : "yes";
    }),
  ]);
  const titles = references.map((reference) => `\`${reference}\``);
  return [schemesHead, table(["client", "version", "date", ...titles], rows)].join("");
}

/** The page, from the records, the clients of the bench, and the client table. */
function page(clientTable) {
  const recorded = readJson("recorded.json");
  const ran = Object.entries(recorded).map(([name, result]) => [
    `\`${name}\``,
    result.version,
    result.date,
    ...Object.keys(columns).map((column) => cell(result, column)),
  ]);
  const others = clientTable
    .filter(({ name }) => !Object.hasOwn(recorded, name))
    .map(({ name, known }) => [`\`${name}\``, described[name]?.cannot ?? "not tried yet", known]);
  return [
    head,
    table(["client", "version", "date", ...Object.values(columns)], ran),
    schemes(readJson("schemes.json")),
    "\n## Clients that the bench does not run\n\n",
    "What mcpgen writes for these clients is known in another way, which [the clients](../reference/clients.md) explains.\n\n",
    table(["client", "why it does not run", "known from"], others),
  ].join("");
}

/** Writes the page. */
export const writePage = (clientTable) => writeFileSync(path, page(clientTable));

/** Whether the page is the one that `writePage` writes. */
export const isCurrent = (clientTable) => readFileSync(path, "utf8") === page(clientTable);
