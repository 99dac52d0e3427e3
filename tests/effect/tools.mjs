// An MCP server's answers, with the tools that it is given.

// Deep Agents Code calls only tools that say they change nothing, since nobody can approve a call.
const describe = (name) => ({
  name,
  description: `says ${name}`,
  inputSchema: { type: "object", properties: {} },
  annotations: { readOnlyHint: true },
});

/** The response to a message, or nothing if it is not a request. */
export function respondWith(tools, { id, method, params }) {
  if (id === undefined || method === undefined) return undefined;
  const methods = {
    initialize: () => ({
      protocolVersion: "2025-06-18",
      capabilities: { tools: {} },
      serverInfo: { name: "effect", version: "1.0.0" },
    }),
    ping: () => ({}),
    "tools/list": () => ({ tools: tools.map(describe) }),
    "tools/call": () => ({ content: [{ type: "text", text: `${params.name} was called` }] }),
  };
  const outcome = Object.hasOwn(methods, method)
    ? { result: methods[method]() }
    : { error: { code: -32601, message: `unknown method ${method}` } };
  return { jsonrpc: "2.0", id, ...outcome };
}
