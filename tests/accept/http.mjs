// An MCP server over streamable HTTP on a free loopback port; prints its URL.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { answer } from "./mcp.mjs";

const server = createServer(async (request, response) => {
  // No sign-in metadata (404 off the endpoint) and no event stream (405): the server is open, and answers in JSON only.
  if (request.url !== "/mcp") return response.writeHead(404).end();
  if (request.method !== "POST") return response.writeHead(405, { allow: "POST" }).end();

  const reply = answer(await json(request));
  if (!reply) return response.writeHead(202).end();
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
});

server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
