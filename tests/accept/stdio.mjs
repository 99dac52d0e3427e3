// An MCP server on stdin and stdout, one JSON message a line. It starts only with ACCEPT=yes in its environment:
// a client that connects has passed on the `env` of the entry. A further variable it needs is named by its argument.
import { createInterface } from "node:readline";
import { answer } from "./mcp.mjs";

if (process.env.ACCEPT !== "yes") throw new Error("ACCEPT=yes is not in the environment");
for (const name of process.argv.slice(2)) {
  if (!process.env[name]) throw new Error(`${name} is not in the environment`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = answer(JSON.parse(line));
  if (reply) process.stdout.write(`${JSON.stringify(reply)}\n`);
}
