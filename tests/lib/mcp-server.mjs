// A plain MCP server with one tool, `ping`. It answers every method that it does not know with an
// error: Claude Code asks `server/discover` before `initialize`, and a server that exits on it is
// never listed as connected.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

const tool = {
  name: "ping",
  description: "answers pong",
  inputSchema: { type: "object", properties: {} },
};

const methods = {
  initialize: () => ({
    protocolVersion: "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: "ping", version: "1.0.0" },
  }),
  ping: () => ({}),
  "tools/list": () => ({ tools: [tool] }),
  "tools/call": () => ({ content: [{ type: "text", text: "pong" }] }),
};

/** The response to a message, or nothing if it is not a request. */
export function respond({ id, method }) {
  if (id === undefined || method === undefined) return undefined;
  const outcome = Object.hasOwn(methods, method)
    ? { result: methods[method]() }
    : { error: { code: -32601, message: `unknown method ${method}` } };
  return { jsonrpc: "2.0", id, ...outcome };
}

/**
 * Listens on a free loopback port, with Streamable HTTP at `/mcp`: responses in JSON, no streams,
 * no sign-in. Every other path has the status `elsewhere`. `onRequest` sees each request.
 */
export async function listen({ elsewhere = 404, onRequest = () => {} } = {}) {
  const server = createServer(async (request, response) => {
    const reply = (status, body, headers = {}) => {
      const type = body === undefined ? {} : { "content-type": "application/json" };
      response.writeHead(status, { ...type, ...headers }).end(body && JSON.stringify(body));
    };
    onRequest(request);
    if (request.url !== "/mcp") return reply(elsewhere, {});
    if (request.method !== "POST") return reply(405, undefined, { allow: "POST" });
    const message = respond(await json(request));
    return message ? reply(200, message) : reply(202);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}
