// Sessions of Streamable HTTP: what every request has, and what may overtake what. The server is
// scripted.
import { setTimeout as sleep } from "node:timers/promises";
import { logMessage, logsOf, textOf } from "./messages.mjs";

async function session(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url);
  await client.connect();
  const called = await client.call("echo", { text: "a" });
  await server.until(() => server.streams.length > 0);
  client.closeStdin();
  await client.end();
  const later = server.ours().filter(({ method }) => method !== "initialize");
  const without = (name) => later.filter(({ headers }) => !headers[name]).map(({ verb }) => verb);
  const accepts = (verb) => [
    ...new Set(
      server
        .ours()
        .filter((x) => x.verb === verb)
        .map((x) => x.headers.accept),
    ),
  ];
  return {
    called: [textOf(called)],
    verbs: [...new Set(later.map(({ verb }) => verb))].sort(),
    "without session": without("mcp-session-id"),
    "without version": without("mcp-protocol-version").filter((verb) => verb !== "DELETE"),
    versions: [
      ...new Set(later.map(({ headers }) => headers["mcp-protocol-version"]).filter(Boolean)),
    ],
    accepts: { POST: accepts("POST"), GET: accepts("GET") },
  };
}

/** A server that forgets its sessions. */
async function lost(trial) {
  const forgotten = new Set();
  const gone = (exchange) => forgotten.has(exchange.session) && exchange.reply(404);
  const server = await trial.serve({ post: gone, get: gone });
  const client = trial.start(server.url);
  await client.connect();
  const before = await client.call("echo", { text: "before" });
  for (const session of server.sessions.keys()) forgotten.add(session);
  const after = await Promise.all(
    [1, 2, 3, 4, 5].map((at) => client.call("echo", { text: `${at}` })),
  );
  const opened = server.ours("initialize").map(({ welcomed }) => welcomed);
  const fresh = server
    .ours()
    .filter(({ session, verb }) => session === opened[1] && verb === "POST");
  await client.request("ping"); // whatever else would be heard has been
  return {
    answers: [before, ...after].map(textOf),
    opened: opened.length,
    first: fresh[0]?.method,
    repeated: client.messages.filter(({ result }) => result?.serverInfo).length - 1,
  };
}

async function lostStream(trial) {
  const forgotten = new Set();
  const gone = (exchange) => forgotten.has(exchange.session) && exchange.reply(404);
  const server = await trial.serve({ post: gone, get: gone });
  const client = trial.start(server.url);
  await client.connect();
  await server.until(() => server.streams.length > 0);
  for (const session of server.sessions.keys()) forgotten.add(session);
  server.streams[0].end();
  const after = await client.call("echo", { text: "after" });
  await server.until(() => server.streams.length > 1);
  server.streams[1].send(logMessage("on the new stream"));
  await client.until(() => logsOf(client).length > 0);
  return { after: [textOf(after)], logs: logsOf(client) };
}

/** A 404 that is the response to the call: the session is not lost. */
async function notFound(trial) {
  const unknown = ({ message }) => ({
    jsonrpc: "2.0",
    id: message.id,
    error: { code: -32601, message: "no" },
  });
  const server = await trial.serve({
    post: (exchange) =>
      exchange.method === "tools/call" &&
      exchange.reply(404, JSON.stringify(unknown(exchange)), {
        "content-type": "application/json",
      }),
  });
  const client = trial.start(server.url);
  await client.connect();
  const { error } = await client.call("echo", { text: "a" });
  return { code: error.code, opened: server.ours("initialize").length, calls: server.calls.length };
}

/** A short 404, as of a load balancer: session and stream still exist. */
async function blip(trial) {
  let down = false;
  const server = await trial.serve({ post: (exchange) => down && exchange.reply(404, "<html>") });
  const client = trial.start(server.url);
  await client.connect();
  await server.until(() => server.streams.length > 0);
  down = true;
  const { error } = await client.call("echo", { text: "a" });
  down = false;
  const after = textOf(await client.call("echo", { text: "after" }));
  for (const stream of server.streams)
    if (!stream.response.destroyed) stream.send(logMessage("still"));
  await client.until(() => logsOf(client).length > 0);
  const version = server.calls.at(-1).headers["mcp-protocol-version"];
  return { refused: Boolean(error), after, logs: logsOf(client), version };
}

async function inFlight(trial) {
  const held = [];
  const server = await trial.serve({
    post: (exchange) => {
      if (exchange.method !== "tools/call") return false;
      held.push(exchange);
      if (held.length < 64) return true;
      for (const [at, one] of held.reverse().entries()) {
        if (at % 2) one.text(one.args.text);
        else one.events().send(one.answer(one.args.text)).end();
      }
      return true;
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  const ids = [
    1000,
    "1000",
    "a b",
    "",
    0,
    -1,
    ...Array.from({ length: 58 }, (_, at) => `id-${at}`),
  ];
  const answers = await Promise.all(
    ids.map((id) => client.call("echo", { text: `of ${JSON.stringify(id)}` }, { id })),
  );
  return answers.map(textOf).filter((text, at) => text === `of ${JSON.stringify(ids[at])}`).length;
}

async function inOrder(trial) {
  let initialized = false;
  const order = [];
  const server = await trial.serve({
    post: async (exchange) => {
      if (!server?.isOurs(exchange)) return false;
      if (exchange.method === "notifications/initialized") {
        await sleep(300);
        initialized = true;
      } else if (exchange.method !== "initialize")
        order.push(initialized ? exchange.method : `early ${exchange.method}`);
      return false;
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  await client.request("tools/list", {});
  return order;
}

function accepted(status, body) {
  return async (trial) => {
    const notified = (exchange) =>
      exchange.message && exchange.message.id === undefined && exchange.reply(status, body);
    const server = await trial.serve({ post: notified });
    const client = trial.start(server.url);
    await client.connect();
    client.notify("notifications/roots/list_changed");
    const answer = await client.call("echo", { text: "a" });
    await server.until(() => server.ours("notifications/roots/list_changed").length === 1);
    return {
      answer: [textOf(answer)],
      invalidLines: client.invalidLines,
      errors: client.messages.filter(({ error }) => error).length,
    };
  };
}

async function batch(trial) {
  const server = await trial.serve({
    post: (exchange) => {
      const { message } = exchange;
      if (!Array.isArray(message)) return false;
      return exchange.json(
        message.map(({ id }) => ({ jsonrpc: "2.0", id, result: { batch: true } })).reverse(),
      );
    },
  });
  const client = trial.start(server.url);
  await client.connect("2025-03-26");
  const answers = Promise.all(["b-1", "b-2"].map((id) => client.response(id, 4)));
  client.write(
    `${JSON.stringify(["b-1", "b-2"].map((id) => ({ jsonrpc: "2.0", id, method: "ping" })))}\n`,
  );
  return {
    answers: (await answers).map(({ result }) => result),
    lines: client.invalidLines.length,
  };
}

const post = ["application/json, text/event-stream"];

export const sessions = [
  [
    "session and version on every request, and DELETE at the end",
    {
      called: ["a"],
      verbs: ["DELETE", "GET", "POST"],
      "without session": [],
      "without version": [],
      versions: ["2025-11-25"],
      accepts: { POST: post, GET: ["text/event-stream"] },
    },
    session,
  ],
  [
    "a lost session is replaced, and its calls succeed",
    {
      answers: ["before", "1", "2", "3", "4", "5"],
      opened: 2,
      first: "notifications/initialized",
      repeated: 0,
    },
    lost,
  ],
  [
    "a lost session gets its own stream again",
    { after: ["after"], logs: ["on the new stream"] },
    lostStream,
  ],
  ["a 404 with the response to the call", { code: -32601, opened: 1, calls: 1 }, notFound],
  ["a short 404", { refused: true, after: "after", logs: ["still"], version: "2025-11-25" }, blip],
  ["64 calls in flight, responses in reverse", 64, inFlight],
  ["nothing overtakes `initialized`", ["tools/list"], inOrder],
  ...[
    [202, ""],
    [200, ""],
    [204, ""],
    [202, "Accepted"],
    [200, "null"],
  ].map(([status, body]) => [
    `notifications are accepted with ${status} and ${body ? `\`${body}\`` : "nothing"}`,
    { answer: ["a"], invalidLines: [], errors: 0 },
    accepted(status, body),
  ]),
  ["a batch and its responses", { answers: [{ batch: true }, { batch: true }], lines: 0 }, batch],
];
