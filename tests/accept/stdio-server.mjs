// The MCP server of the bench over stdio. It starts only with ACCEPT=yes in its environment: a
// client that connects has passed on the `env` of the entry. Its arguments name further variables
// that it requires.
import { createInterface } from "node:readline";
import { respond } from "../lib/mcp-server.mjs";

if (process.env.ACCEPT !== "yes") throw new Error("ACCEPT=yes is not in the environment");
for (const name of process.argv.slice(2)) {
  if (!process.env[name]) throw new Error(`${name} is not in the environment`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const response = respond(JSON.parse(line));
  if (response) process.stdout.write(`${JSON.stringify(response)}\n`);
}
