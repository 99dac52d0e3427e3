// A minimal MCP server, so that the bridges and not the server are measured: its own HTTP over
// keep-alive connections, no sessions, a tool that returns immediately. It responds in JSON, and at
// `/sse` in an event. `echo` returns its `text`, or only the length if `count` is true, or as many
// characters as `characters` says.
//
//   speed-server.mjs [KEY CERTIFICATE]      with TLS if they are given; prints its URL once it listens
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";

const tool = {
  name: "echo",
  description: "says it again",
  inputSchema: { type: "object", properties: {} },
};

const results = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "bench", version: "1.0.0" },
  }),
  "tools/list": () => ({ tools: [tool] }),
  "tools/call": ({ arguments: { text, count, characters } }) => ({
    content: [{ type: "text", text: count ? `${text.length}` : (text ?? "x".repeat(characters)) }],
  }),
  ping: () => ({}),
};

/** A response in one piece: separate headers would wait for an acknowledgement. */
function reply(status, type, body) {
  const more = type ? `content-type: ${type}\r\n` : "";
  return `HTTP/1.1 ${status}\r\n${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function answer(head, body) {
  if (!head.startsWith("POST")) return reply("405 Method Not Allowed", "", "");
  const { id, method, params } = JSON.parse(body);
  if (id === undefined) return reply("202 Accepted", "", "");
  const result = results[method]?.(params);
  const outcome = result ? { result } : { error: { code: -32601, message: `no ${method}` } };
  const text = JSON.stringify({ jsonrpc: "2.0", id, ...outcome });
  if (!head.startsWith("POST /sse")) return reply("200 OK", "application/json", text);
  return reply("200 OK", "text/event-stream", `event: message\ndata: ${text}\n\n`);
}

/** The body of a complete request, and where it ends. */
function whole(head, received, start) {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length) {
    const end = start + Number(length[1]);
    return received.length < end ? undefined : { body: received.subarray(start, end), end };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { body: "", end: start };
  const parts = [];
  for (let at = start; ; ) {
    const line = received.indexOf("\r\n", at);
    const size = line < 0 ? NaN : parseInt(received.subarray(at, line).toString("latin1"), 16);
    const end = line + 2 + size + 2;
    if (!(received.length >= end)) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), end };
    parts.push(received.subarray(line + 2, end - 2));
    at = end;
  }
}

function serve(socket) {
  let received = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on("error", () => {}); // a client may close at any time
  socket.on("data", (data) => {
    received = received.length > 0 ? Buffer.concat([received, data]) : data;
    for (;;) {
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = received.subarray(0, end + 2).toString("latin1");
      const request = whole(head, received, end + 4);
      if (!request) return;
      socket.write(answer(head, request.body));
      received = received.subarray(request.end);
    }
  });
}

const [key, certificate] = process.argv.slice(2);
const server = key
  ? createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, serve)
  : createServer(serve);
server.listen(0, "127.0.0.1", () => {
  console.log(`http${key ? "s" : ""}://localhost:${server.address().port}/mcp`);
});
