// A local MCP server: local-server.mjs LOG TOOL… . It appends a line to LOG when it starts, and one
// with the name of each tool that is called.
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { respondWith } from "./tools.mjs";

const [log, ...tools] = process.argv.slice(2);
appendFileSync(log, "started\n");
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.method === "tools/call") appendFileSync(log, `${message.params.name}\n`);
  const response = respondWith(tools, message);
  if (response) process.stdout.write(`${JSON.stringify(response)}\n`);
}
