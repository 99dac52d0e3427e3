// An MCP server over stdio that writes which environment variables it has to a file:
// environment-server.mjs FILE NAME…
import { renameSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { respond } from "../lib/mcp-server.mjs";

const [file, ...names] = process.argv.slice(2);
const seen = Object.fromEntries(names.map((name) => [name, process.env[name] ?? null]));
writeFileSync(`${file}.new`, JSON.stringify(seen));
renameSync(`${file}.new`, file);

for await (const line of createInterface({ input: process.stdin })) {
  const response = respond(JSON.parse(line));
  if (response) process.stdout.write(`${JSON.stringify(response)}\n`);
}
