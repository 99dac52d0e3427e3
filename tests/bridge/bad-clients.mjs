// Clients that do what they must not, and how the bridge exits.
import { setTimeout as sleep } from "node:timers/promises";
import { memoryLimit, textOf } from "./messages.mjs";

async function connected(trial, script) {
  const server = await trial.serve(script);
  const client = trial.start(server.url);
  await client.connect();
  return { server, client };
}

/**
 * A line that is not a message: nothing of it is passed on, stderr says so, and the next request
 * gets a response.
 */
function garbage(line) {
  return async (trial) => {
    const { server, client } = await connected(trial);
    client.write(line);
    client.write("\n\r\n  \n");
    const after = textOf(await client.call("echo", { text: "after" }));
    const due = ["initialize", "notifications/initialized", "tools/call"];
    const passed = server
      .ours()
      .filter(({ verb, method }) => verb === "POST" && !due.includes(method)).length;
    return {
      after,
      passed,
      printed: client.stderr.length > 0,
      invalidLines: client.invalidLines.length,
    };
  };
}

/** A message of 300 MiB: it is passed on or refused with its id, and not kept in memory. */
function huge(first) {
  return async (trial) => {
    const { server, client } = await connected(trial);
    const piece = "x".repeat(1 << 20);
    const [before, after] = first
      ? [
          '{"jsonrpc":"2.0","id":"huge","method":"tools/call","params":{"name":"echo","arguments":{"text":"',
          '"}}}\n',
        ]
      : [
          '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo","arguments":{"text":"',
          '"}},"id":"huge"}\n',
        ];
    const answer = client.response("huge", 15);
    client.write(before);
    for (let mebibytes = 0; mebibytes < 300; mebibytes++) {
      if (!client.write(piece)) await Promise.race([client.drained(), answer]);
    }
    client.write(after);
    const { error } = await answer;
    const next = textOf(await client.call("echo", { text: "after" }));
    return {
      refused: Boolean(error?.message),
      next,
      small: client.peak < memoryLimit || client.peak,
      passed: server.calls.length - 1,
    };
  };
}

/**
 * A client that does not read while the server floods it: the bridge stops reading from the server.
 */
async function deaf(trial) {
  const { server, client } = await connected(trial);
  await server.until(() => server.streams.length > 0);
  client.pauseReading();
  const { response } = server.streams[0];
  const params = { level: "info", data: "x".repeat(1 << 16) };
  const event = `data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params })}\n\n`;
  let sent = 0;
  const more = () => {
    do sent += event.length;
    while (response.write(event) && sent < 1 << 30);
  };
  response.on("drain", more);
  more();
  await sleep(2000);
  const { peak } = client;
  const held = sent < 64 << 20 || `${sent >> 20} MiB sent`;
  client.closeStdin();
  const { seconds, left } = await client.end(5);
  return { small: peak < memoryLimit || peak, held, ends: seconds < 1 || seconds, left };
}

/** How the bridge exits after `body`: within a second, and no process is left. */
function ends(script, body) {
  return async (trial) => {
    const { server, client } = await connected(trial, script);
    await body(client, server);
    const { seconds, left } = await client.end(5);
    const deleted = server.seen.filter(({ verb }) => verb === "DELETE").length;
    return { ends: seconds < 1 || `after ${seconds.toFixed(1)} s`, left, deleted };
  };
}

const silent = { post: (exchange) => exchange.method === "tools/call" };

const wait = async (client, server, count) => {
  for (let at = 0; at < count; at++)
    client.send({
      id: `open-${at}`,
      method: "tools/call",
      params: { name: "silent", arguments: {} },
    });
  await server.until(() => server.calls.length === count);
};

const endings = {
  "its stdin ends": [{}, (client) => client.closeStdin()],
  "its stdin ends in the middle of a line": [
    {},
    (client) => {
      client.write('{"jsonrpc":"2.0","id":1,"meth');
      client.closeStdin();
    },
  ],
  "its stdin ends with eight calls in flight": [
    silent,
    async (client, server) => {
      await wait(client, server, 8);
      client.closeStdin();
    },
  ],
  "its stdin ends while a stream is open": [
    {},
    async (client, server) => {
      await server.until(() => server.streams.length > 0);
      client.closeStdin();
    },
  ],
  "its stdin ends, and the server ignores DELETE": [
    { delete: () => true },
    (client) => client.closeStdin(),
  ],
  "its stdin ends while a response arrives slowly": [
    {
      post: (exchange) => {
        if (exchange.method !== "tools/call") return false;
        const { response } = exchange.events();
        const timer = setInterval(
          () => (response.destroyed ? clearInterval(timer) : response.write(": here\n\n")),
          50,
        );
        return true;
      },
    },
    async (client, server) => {
      await wait(client, server, 1);
      client.closeStdin();
    },
  ],
  SIGTERM: [
    silent,
    async (client, server) => {
      await wait(client, server, 1);
      client.signal("SIGTERM");
    },
  ],
  SIGINT: [{}, (client) => client.signal("SIGINT")],
};

/** A client that exits before it has sent anything, or before the server has responded. */
async function early(trial) {
  const server = await trial.serve({ post: () => true });
  const client = trial.start(server.url);
  const clientInfo = { name: "bench", version: "1" };
  client.send({
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo },
  });
  await server.until(() => server.seen.length > 0);
  client.closeStdin();
  const { seconds, left } = await client.end(5);
  return { ends: seconds < 1 || seconds, left };
}

/** Responses to requests that nobody sent. */
async function unasked(trial) {
  const { client } = await connected(trial);
  client.send({ id: "nobody", result: {} });
  client.send({ id: 99, error: { code: 1, message: "no" } });
  return {
    after: textOf(await client.call("echo", { text: "after" })),
    errors: client.messages.filter(({ error }) => error).length,
  };
}

/** The same id twice in flight: each request gets a response. */
async function twice(trial) {
  const { server, client } = await connected(trial);
  for (const text of ["one", "two"])
    client.send({
      id: "same",
      method: "tools/call",
      params: { name: "echo", arguments: { text } },
    });
  await client.until(() => client.messages.filter(({ id }) => id === "same").length === 2, 5);
  return server.calls.length;
}

/** A call before the handshake: the server refuses it, not the bridge. */
async function uninvited(trial) {
  const server = await trial.serve({
    post: (exchange) => exchange.method === "tools/call" && exchange.reply(400, "no session"),
  });
  const client = trial.start(server.url);
  const { error } = await client.call("echo", {}, { seconds: 8 });
  return Boolean(error?.message);
}

const lines = [
  "hello",
  "{",
  '{"jsonrpc":"2.0","id":}',
  "1",
  "null",
  '"text"',
  "\0\x01\x02",
  Buffer.from([0xff, 0xfe, 0x80]),
  "[",
  "{}}",
  "[1,2]",
];

const ended = { ends: true, left: false, deleted: 1 };

export const badClients = [
  ...lines.map((line) => [
    `the client writes ${JSON.stringify(String(line))}`,
    { after: "after", passed: 0, printed: true, invalidLines: 0 },
    garbage(line),
  ]),
  [
    "a message of 300 MiB, its id first",
    { refused: true, next: "after", small: true, passed: 0 },
    huge(true),
  ],
  [
    "a message of 300 MiB, its id last",
    { refused: true, next: "after", small: true, passed: 0 },
    huge(false),
  ],
  [
    "the client does not read while the server floods",
    { small: true, held: true, ends: true, left: false },
    deaf,
  ],
  ["responses to unknown requests", { after: "after", errors: 0 }, unasked],
  ["the same id twice", 2, twice],
  ["a call before the handshake", true, uninvited],
  ...Object.entries(endings).map(([name, [script, body]]) => [
    `exit: ${name}`,
    ended,
    ends(script, body),
  ]),
  ["exit: before the first response", { ends: true, left: false }, early],
];
