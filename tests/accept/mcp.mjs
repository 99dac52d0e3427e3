// What both test servers answer: one tool, and an error for every method they do not know.
// (Claude Code asks `server/discover` before `initialize`; a server that dies of it is never listed as connected.)

const tool = {
  name: "ping",
  description: "answers pong",
  inputSchema: { type: "object", properties: {} },
};

const methods = {
  initialize: () => ({
    protocolVersion: "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: "accept", version: "1.0.0" },
  }),
  ping: () => ({}),
  "tools/list": () => ({ tools: [tool] }),
  "tools/call": () => ({ content: [{ type: "text", text: "pong" }] }),
};

/** The JSON-RPC answer to one message, or nothing where it asks for none. */
export function answer({ id, method }) {
  if (id === undefined || method === undefined) return undefined;
  const found = Object.hasOwn(methods, method);
  const reply = found
    ? { result: methods[method]() }
    : { error: { code: -32601, message: `no method is named ${method}` } };
  return { jsonrpc: "2.0", id, ...reply };
}
