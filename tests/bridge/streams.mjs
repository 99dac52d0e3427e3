// Streams of Streamable HTTP: the server's own and those of responses, whole and broken. The server
// is scripted.
import { setTimeout as sleep } from "node:timers/promises";
import { logMessage, logsOf, textOf } from "./messages.mjs";

async function ownStream(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url);
  await client.connect();
  await server.until(() => server.streams.length > 0);
  const [stream] = server.streams;
  stream
    .send(logMessage("one"))
    .send({ id: "roots", method: "roots/list" })
    .send({ id: 7, method: "no/such" })
    .send(logMessage("two"));
  const replies = () => server.ours().filter(({ message }) => message && !message.method);
  await server.until(() => replies().length === 2);
  await client.until(() => logsOf(client).length === 2);
  const answered = Object.fromEntries(
    replies().map(({ message: { id, result, error } }) => [id, result ?? error.code]),
  );
  return { logs: logsOf(client), answered };
}

/** A server that accepts a call with 202 and responds on its own stream. */
async function byOwnStream(trial) {
  const server = await trial.serve({
    post: (exchange) => {
      if (exchange.method !== "tools/call") return false;
      setTimeout(() => server.streams[0].send(exchange.answer("by the stream")), 6000);
      return exchange.reply(202);
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  await server.until(() => server.streams.length > 0);
  return textOf(await client.call("echo", {}));
}

/**
 * The stream of a call breaks, and its events have ids: what happens on it, and when the bridge
 * opens it again.
 */
function resumed({ retry, breaks, refuse = 0, cuts = 1 }) {
  return async (trial) => {
    const asked = [];
    let broken = 0;
    let call;
    const server = await trial.serve({
      post: async (exchange) => {
        if (exchange.method !== "tools/call") return false;
        call = exchange;
        const stream = exchange.events();
        stream.send({}, { id: "one", retry, data: "" }).send(logMessage("begun"), { id: "two" });
        await sleep(30);
        broken = performance.now();
        stream[breaks]();
        return true;
      },
      get: async (exchange) => {
        const id = exchange.headers["last-event-id"];
        if (id === undefined) return false;
        asked.push({ id, after: exchange.at - broken });
        if (asked.length <= refuse) return exchange.reply(503);
        const stream = exchange.events();
        if (asked.length < cuts + refuse) {
          stream.send(logMessage("more"), { id: "three" });
          await sleep(30);
          stream[breaks]();
        } else stream.send(call.answer("resumed"), { id: "last" });
        return true;
      },
    });
    const client = trial.start(server.url);
    await client.connect();
    const answer = await client.call("slow", {}, { seconds: 12 });
    const waited = asked[0].after;
    const honoured = waited >= retry - 30 && waited < retry + 1500;
    const from = asked.map(({ id }) => id);
    return {
      answer: [textOf(answer)],
      from,
      logs: logsOf(client),
      honoured: honoured || waited,
      calls: server.calls.length,
    };
  };
}

async function broken(trial) {
  const server = await trial.serve({
    post: async (exchange) => {
      if (exchange.method !== "tools/call" || exchange.args.text) return false;
      const stream = exchange.events().send(logMessage("begun"));
      await sleep(50);
      stream.cut();
      return true;
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  const answer = await client
    .call("slow", {}, { seconds: 5 })
    .catch((error) => ({ error: { code: error.message } }));
  return {
    refused: Boolean(answer.error?.message),
    after: [textOf(await client.call("echo", { text: "after" }))],
  };
}

/** The stream of a call breaks, and the server has forgotten the session. */
async function lostWithSession(trial) {
  const forgotten = new Set();
  const tries = [];
  const gone = (exchange) => forgotten.has(exchange.session) && exchange.reply(404);
  const server = await trial.serve({
    get: (exchange) => {
      if (exchange.headers["last-event-id"]) tries.push(exchange);
      return gone(exchange);
    },
    post: (exchange) => {
      if (exchange.method !== "tools/call" || exchange.args.text) return gone(exchange);
      exchange.events().send({}, { id: "one", retry: 100, data: "" }).end();
      return forgotten.add(exchange.session);
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  const { error } = await client.call("slow", {}, { seconds: 5 });
  const after = textOf(await client.call("echo", { text: "after" }));
  const calls = server.calls.filter(({ args }) => !args.text).length;
  return { printed: /session/.test(error.message), tries: tries.length, after, calls };
}

/** The stream of a call breaks, and another session has opened by the time that it is resumed. */
async function resumedInItsSession(trial) {
  const forgotten = new Set();
  const from = [];
  let slow;
  const server = await trial.serve({
    post: (exchange) => {
      if (exchange.method !== "tools/call" || exchange.args.text)
        return forgotten.has(exchange.session) && exchange.reply(404);
      slow = exchange;
      exchange.events().send({}, { id: "one", retry: 1000, data: "" }).end();
      return forgotten.add(exchange.session);
    },
    get: (exchange) => {
      if (!exchange.headers["last-event-id"]) return false;
      from.push(exchange.session === slow.session);
      return exchange.events().send(slow.answer("resumed"), { id: "two" });
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  const answer = client.call("slow", {}, { seconds: 5 });
  await server.until(() => slow);
  const other = textOf(await client.call("echo", { text: "other" }));
  return { other, answer: textOf(await answer), "in its session": from };
}

function ownStreamAgain(breaks, ids) {
  return async (trial) => {
    const server = await trial.serve();
    const client = trial.start(server.url);
    await client.connect();
    await server.until(() => server.streams.length > 0);
    server.streams[0].send(logMessage("one"), ids ? { id: "own-1", retry: 200 } : {});
    await client.until(() => logsOf(client).length === 1);
    server.streams[0][breaks]();
    await server.until(() => server.streams.length > 1);
    server.streams[1].send(logMessage("two"));
    await client.until(() => logsOf(client).length === 2);
    return {
      logs: logsOf(client),
      from: server.streams[1].exchange.headers["last-event-id"] ?? "none",
    };
  };
}

function noStream(status) {
  return async (trial) => {
    const server = await trial.serve({
      get: (exchange) => exchange.reply(status, "no stream here"),
    });
    const client = trial.start(server.url);
    await client.connect();
    await server.until(() => server.ours().some(({ verb }) => verb === "GET"));
    const answers = [
      await client.call("echo", { text: "a" }),
      await client.call("echo", { text: "b" }),
    ];
    return {
      answers: answers.map(textOf),
      tries: server.ours().filter(({ verb }) => verb === "GET").length,
    };
  };
}

async function oddStreams(trial) {
  const server = await trial.serve({
    post: async (exchange) => {
      if (exchange.method !== "tools/call") return false;
      const { response } = exchange.events();
      const answer = JSON.stringify({ jsonrpc: "2.0", ...exchange.answer("é🌍") });
      const [begin, end] = [
        answer.slice(0, answer.indexOf(",") + 1),
        answer.slice(answer.indexOf(",") + 1),
      ];
      const text = `\ufeff: comment\r\n\r\nevent: other\r\ndata: {"not":"ours"}\r\n\r\nevent: message\r\ndata:${begin}\r\ndata: ${end}\r\n\r\n`;
      for (const byte of Buffer.from(text)) {
        response.write(Buffer.from([byte]));
        if (byte > 127 || byte === 13) await sleep(2);
      }
      response.end();
      return true;
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  return [textOf(await client.call("odd"))];
}

export const streams = [
  ["a response on the server's own stream", "by the stream", byOwnStream],
  [
    "the server's own stream: messages, requests and their responses",
    {
      logs: ["one", "two"],
      answered: { roots: { roots: [{ uri: "file:///bench", name: "bench" }] }, 7: -32601 },
    },
    ownStream,
  ],
  ...["end", "cut"].map((breaks) => [
    `a stream that breaks (${breaks}) is resumed after \`retry\``,
    {
      answer: ["resumed"],
      from: ["two"],
      logs: ["begun"],
      honoured: true,
      calls: 1,
    },
    resumed({ breaks, retry: 700 }),
  ]),
  [
    "a stream that breaks twice",
    {
      answer: ["resumed"],
      from: ["two", "three"],
      logs: ["begun", "more"],
      honoured: true,
      calls: 1,
    },
    resumed({ breaks: "cut", retry: 100, cuts: 2 }),
  ],
  [
    "a stream that is resumed on the second try",
    {
      answer: ["resumed"],
      from: ["two", "two"],
      logs: ["begun"],
      honoured: true,
      calls: 1,
    },
    resumed({ breaks: "cut", retry: 100, refuse: 1 }),
  ],
  [
    "a response that is lost with its session",
    { printed: true, tries: 1, after: "after", calls: 1 },
    lostWithSession,
  ],
  [
    "a stream is resumed in its own session",
    { other: "other", answer: "resumed", "in its session": [true] },
    resumedInItsSession,
  ],
  ["a stream without ids that breaks is an error", { refused: true, after: ["after"] }, broken],
  ...["end", "cut"].flatMap((breaks) =>
    [true, false].map((ids) => [
      `the server's own stream breaks (${breaks}, ${ids ? "with" : "without"} ids) and is opened again`,
      { logs: ["one", "two"], from: ids ? "own-1" : "none" },
      ownStreamAgain(breaks, ids),
    ]),
  ),
  ...[405, 404, 400, 500].map((status) => [
    `a server without its own stream (${status})`,
    { answers: ["a", "b"], tries: 1 },
    noStream(status),
  ]),
  ["events in odd forms and pieces", ["é🌍"], oddStreams],
];
