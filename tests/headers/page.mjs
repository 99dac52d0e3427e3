// Makes docs/measurements/headers.md of recorded.json.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));
const path = join(here, "..", "..", "docs", "measurements", "headers.md");

export const readRecord = () => JSON.parse(readFileSync(join(here, "recorded.json"), "utf8"));

const head = `# Clients that get their headers from mcpgen

\`just headers\` runs each of these clients with \`via = "headers"\` and records the results, from which it generates this
page. The client connects to the URL of a real server, and no bridge runs. A scripted model calls a tool of the server
twice. Between the two calls, the access token expires, or the server refuses it. Then both calls must have a result, the
client must have no sign-in of its own, no page may open, and only mcpgen may use the refresh token.

Both servers give a new refresh token with each refresh, and accept the old one no longer. If an expired access token is
sent to fastmcp, fastmcp ends the whole sign-in. So the bench runs \`mcpgen refresh\` there before the token expires, as
a timer does. A client that has no account only connects.

`;

function page() {
  const rows = Object.entries(readRecord()).flatMap(([name, { version, date, ...results }]) =>
    Object.entries(results).map(([title, result]) => [`\`${name}\``, version, date, title, result]),
  );
  const row = (cells) => `| ${cells.join(" | ")} |\n`;
  const titles = ["client", "version", "date", "what happens", "result"];
  return `${head}${row(titles)}|${"---|".repeat(titles.length)}\n${rows.map(row).join("")}`;
}

export const writePage = () => writeFileSync(path, page());
export const isCurrent = () => readFileSync(path, "utf8") === page();
