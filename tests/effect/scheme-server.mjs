// A local MCP server with a secret: scheme-server.mjs LOG TOOL. Whenever a client connects or calls the tool, it appends
// the method and a hash of the secret to LOG. Without a secret, `mcpgen exec` does not start it.
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { respondWith } from "./tools.mjs";

const [log, tool] = process.argv.slice(2);
const hash = createHash("sha256").update(process.env.SECRET).digest("hex");
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (["initialize", "server/discover", "tools/call"].includes(message.method))
    appendFileSync(log, `${message.method} ${hash}\n`);
  const response = respondWith([tool], message);
  if (response) process.stdout.write(`${JSON.stringify(response)}\n`);
}
