// A server that never rests: it forgets sessions, breaks its own stream after some messages, and
// has a tool that responds as its argument says: `json`, `event`, `progress` (three notifications,
// then the response), or `later` (the stream ends first; who resumes it after its last event gets
// the response).
//
//   restless-server.mjs        prints its URL once it listens
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

const forgotten = 15; // seconds that a session lasts
const broken = 4; // seconds that a stream of the server's own lasts
const retry = 50; // milliseconds

const sessions = new Set();
const streams = new Set();
const later = new Map(); // answers to come, by the event that they come after

function event(message, id) {
  const head = id ? `id: ${id}\nretry: ${retry}\n` : "";
  return `${head}data: ${message ? JSON.stringify(message) : ""}\n\n`;
}

const note = (method, params) => ({ jsonrpc: "2.0", method, params });

function answered(response, type, text, session) {
  const more = session ? { "mcp-session-id": session } : {};
  response.writeHead(200, { "content-type": type, ...more });
  return response.end(text);
}

function call(response, { id, params }) {
  const { how, text } = params.arguments;
  const result = { jsonrpc: "2.0", id, result: { content: [{ type: "text", text }] } };
  if (how === "json") return answered(response, "application/json", JSON.stringify(result));
  if (how === "event") return answered(response, "text/event-stream", event(result));
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (how === "later") {
    const after = randomUUID();
    later.set(after, result);
    return response.end(event(undefined, after));
  }
  const { progressToken } = params._meta;
  for (const progress of [1, 2, 3])
    response.write(event(note("notifications/progress", { progressToken, progress })));
  return response.end(event(result));
}

function listen(request, response) {
  const after = request.headers["last-event-id"];
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (later.has(after)) {
    response.end(event(later.get(after), randomUUID()));
    return later.delete(after);
  }
  response.flushHeaders();
  streams.add(response);
  response.on("close", () => streams.delete(response));
  return setTimeout(() => response.end(), broken * 1000);
}

async function post(request, response) {
  const message = await json(request);
  if (message.method === "initialize") {
    const session = randomUUID();
    sessions.add(session);
    setTimeout(() => sessions.delete(session), forgotten * 1000);
    const { protocolVersion } = message.params;
    const serverInfo = { name: "restless", version: "1.0.0" };
    const result = { protocolVersion, capabilities: { tools: {}, logging: {} }, serverInfo };
    const text = JSON.stringify({ jsonrpc: "2.0", id: message.id, result });
    return answered(response, "application/json", text, session);
  }
  if (!sessions.has(request.headers["mcp-session-id"])) return response.writeHead(404).end();
  if (message.id === undefined) return response.writeHead(202).end();
  if (message.method === "tools/call") return call(response, message);
  const text = JSON.stringify({ jsonrpc: "2.0", id: message.id, result: {} });
  return answered(response, "application/json", text);
}

const server = createServer(async (request, response) => {
  if (request.method === "POST") return post(request, response);
  const session = request.headers["mcp-session-id"];
  // A forgotten session keeps the responses that it owes, so that no call is lost.
  const owed = later.has(request.headers["last-event-id"]);
  if (!sessions.has(session) && !owed) return response.writeHead(404).end();
  if (request.method === "GET") return listen(request, response);
  sessions.delete(session);
  return response.writeHead(200).end();
});

setInterval(() => {
  const notification = event(
    note("notifications/message", { level: "info", data: "x".repeat(200) }),
  );
  for (const stream of streams) stream.write(notification);
}, 200);

server.listen(0, "127.0.0.1", () => console.log(`http://localhost:${server.address().port}/mcp`));
