// Makes docs/measurements/judged.md of recorded.json.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const path = join(here, "..", "..", "docs", "measurements", "judged.md");

const head = `# Whether doctor and the clients agree

\`just judged\` gives correct and incorrect files to real clients and to \`mcpgen doctor\`. The client lists the servers
of each file, and most clients also connect to them. The client and \`doctor\` must agree about each server: if the
client uses it, \`doctor\` must report nothing against it, and if the client ignores it, \`doctor\` must say so. The
bench records the results, from which it generates this page.

*Files* counts the files with servers: in an empty file, \`doctor\` must only report nothing. *Incorrect* is the number of
files in which the client ignores at least one server. *False* is the number of files for which \`doctor\` reports an error
that the client does not have. Amp lists its servers without checking the types of fields, so the bench has no files with
wrong types for Amp.

`;

const row = (cells) => `| ${cells.join(" | ")} |\n`;

/** The page. */
function page(recorded) {
  const titles = ["client", "version", "date", "files", "incorrect", "agree", "false"];
  const rows = Object.entries(recorded).map(([name, result]) => [
    `\`${name}\``,
    ...titles.slice(1).map((title) => result[title]),
  ]);
  const sum = (title) =>
    Object.values(recorded).reduce((total, result) => total + result[title], 0);
  const total = ["all", "", "", ...titles.slice(3).map(sum)];
  const table = [...rows, total].map(row).join("");
  return `${head}${row(titles)}|${"---|".repeat(titles.length)}\n${table}`;
}

/** Writes the page. */
export const writePage = (recorded) => writeFileSync(path, page(recorded));

/** Whether the page is the one that `writePage` writes. */
export const isCurrent = (recorded) => readFileSync(path, "utf8") === page(recorded);
