// Makes docs/measurements/schemas.md of recorded.json, validators.json and the client table.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const path = join(here, "..", "..", "docs", "measurements", "schemas.md");

const head = `# What the clients' schemas accept

Some clients publish a schema of their file, or have a validator. \`just schemas\` applies a declaration with every kind
of server and every field that mcpgen can write, and validates the user's file and the file in a project. It records
the results, from which it generates this page.

First, the bench plants errors in the file, and the validator must find them. The column *finds* says which kinds of
errors the validator finds: fields that the client does not know, and values of a wrong type. If a validator ignores
unknown fields, the bench compares the fields with those in the client's own code where it can. *Accepted* means that
the validator finds no error and no unknown field in the files that mcpgen wrote.

`;

const row = (cells) => `| ${cells.join(" | ")} |\n`;
const table = (titles, rows) =>
  `${row(titles)}|${"---|".repeat(titles.length)}\n${rows.map(row).join("")}`;

const kinds = { "unknown field": "unknown fields", "wrong type": "wrong types" };

/** The kinds of planted errors that a validator found. */
const foundKinds = (found) =>
  Object.entries(kinds)
    .filter(([kind]) => found.some((what) => what.startsWith(kind)))
    .map(([, words]) => words)
    .join(", ");

/** The page. */
function page(recorded, described, clientTable) {
  const ran = Object.entries(recorded).map(([name, result]) => [
    `\`${name}\``,
    described[name].validator,
    result.version,
    result.date,
    foundKinds(result.found),
    result.passed ? "accepted" : "**not accepted**",
  ]);
  const known = Object.fromEntries(clientTable.map((client) => [client.name, client.known]));
  const cannot = Object.entries(described)
    .filter(([, client]) => client.cannot)
    .map(([name, client]) => [`\`${name}\``, client.cannot, known[name]]);
  const notes = Object.entries(described).flatMap(([name, { elsewhere = {} }]) =>
    Object.entries(elsewhere).map(
      ([field, why]) => `- \`${name}\`: this validator does not know \`${field}\`; ${why}.\n`,
    ),
  );
  return [
    head,
    table(["client", "validator", "version", "date", "finds", "result"], ran),
    "\n",
    ...notes,
    "\n## Schemas that the bench cannot use\n\n",
    "What mcpgen writes for these clients is known in another way, which [the clients](../reference/clients.md) explains. For the\n",
    "clients that are not on this page, we know of no schema and no validator.\n\n",
    table(["client", "why the bench cannot use its schema", "known from"], cannot),
  ].join("");
}

/** Writes the page. */
export const writePage = (...sources) => writeFileSync(path, page(...sources));

/** Whether the page is the one that `writePage` writes. */
export const isCurrent = (...sources) => readFileSync(path, "utf8") === page(...sources);
