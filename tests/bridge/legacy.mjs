// The choice of the transport, and the old one, HTTP+SSE: a stream for all responses, and a URL for
// messages.
import { setTimeout as sleep } from "node:timers/promises";
import { logMessage, logsOf, textOf } from "./messages.mjs";
import { ScriptedServer } from "./scripted-server.mjs";

/** A scripted server of the old transport. */
class Old extends ScriptedServer {
  #next = 1;
  /** The open streams, by the number in their URL. */
  open = new Map();

  static async begin(
    trial,
    script = {},
    { post = 405, address = (at) => `/message?at=${at}` } = {},
  ) {
    const server = new Old(script, { path: "/sse" });
    Object.assign(server, { refusal: post, address });
    return trial.owns(await server.listen());
  }

  GET(exchange) {
    if (exchange.path !== this.path) return exchange.reply(404);
    const at = String(this.#next++);
    const stream = exchange.events();
    stream.at = at;
    this.open.set(at, stream);
    this.streams.push(stream);
    stream.send({}, { event: "endpoint", data: this.address(at) });
    exchange.response.on("close", () => this.open.delete(at));
    return true;
  }

  POST(exchange) {
    const at = new URL(exchange.path, this.url).searchParams.get("at");
    if (at === null) return exchange.reply(this.refusal);
    const stream = this.open.get(at);
    if (!stream) return exchange.reply(404, "no such session");
    const { message } = exchange;
    exchange.reply(202, "Accepted");
    if (message.method === "initialize") {
      const serverInfo = { name: "scripted", version: "1.0.0" };
      const { protocolVersion } = message.params;
      stream.initialized = false;
      stream.send({
        id: message.id,
        result: { protocolVersion, capabilities: { tools: {} }, serverInfo },
      });
    } else if (message.method === "notifications/initialized") stream.initialized = true;
    else if (message.method === "tools/call") {
      const { text } = message.params.arguments;
      if (text !== "silent")
        stream.send({
          id: message.id,
          result: { content: [{ type: "text", text: stream.initialized ? text : "early" }] },
        });
    } else if (message.id !== undefined && message.method)
      stream.send({ id: message.id, result: {} });
    return true;
  }
}

const servers = {
  new: (trial) => trial.serve({ get: (exchange) => exchange.reply(405) }),
  "old (405)": (trial) => Old.begin(trial, {}, { post: 405 }),
  "old (404)": (trial) => Old.begin(trial, {}, { post: 404 }),
};

/** Whether a client connects to a kind of server with a strategy of transports. */
function order(kind, strategy) {
  return async (trial) => {
    const server = await servers[kind](trial);
    const client = trial.start(server.url, strategy === "none" ? [] : ["--transport", strategy]);
    try {
      await client.connect(undefined, { seconds: 10 });
    } catch {
      return "refused";
    }
    return textOf(await client.call("echo", { text: "connected" }));
  };
}

async function stream(trial) {
  const server = await Old.begin(trial);
  const client = trial.start(server.url, ["--transport", "sse-only", "--header", "X-Bench: yes"]);
  await client.connect("2025-06-18");
  const answers = await Promise.all([1, 2, 3].map((at) => client.call("echo", { text: `${at}` })));
  server.streams
    .at(-1)
    .send(logMessage("one"), { event: "message" })
    .send({ id: "roots", method: "roots/list" });
  const reply = () => server.seen.find(({ message }) => message?.id === "roots");
  await server.until(reply);
  client.closeStdin();
  const { code, left } = await client.end();
  await sleep(100);
  const mine = server.seen.filter(({ path }) => path.startsWith("/message") || path === "/sse");
  return {
    answers: answers.map(textOf),
    logs: logsOf(client),
    reply: reply().message.result.roots[0].name,
    "without header": mine.filter(({ headers }) => headers["x-bench"] !== "yes").length,
    left: left ? "a process" : server.open.size ? "a stream" : "nothing",
    code,
  };
}

/** The stream breaks: the waiting request gets an error, and the next one a new session. */
async function again(trial) {
  const server = await Old.begin(trial);
  const client = trial.start(server.url, ["--transport", "sse-only"]);
  await client.connect();
  const waiting = client.call("echo", { text: "silent" });
  await server.until(() => server.calls.length === 1);
  server.streams.at(-1).cut();
  const refused = textOf(await waiting).startsWith("error");
  const after = textOf(await client.call("echo", { text: "after" }));
  const greetings = client.messages.filter(({ result }) => result?.serverInfo).length;
  return { refused, after, greetings };
}

/** The stream breaks again while the next session is being opened on it. */
async function againAndAgain(trial) {
  let opened = 0;
  const post = ({ method, response }, server) => {
    if (method !== "initialize") return false;
    opened += 1;
    if (opened !== 2) return false;
    response.writeHead(202).end();
    server.streams.at(-1).cut();
    return true;
  };
  const server = await Old.begin(trial, { post });
  const client = trial.start(server.url, ["--transport", "sse-only"]);
  await client.connect();
  server.streams.at(-1).cut();
  await server.until(() => opened === 3);
  return textOf(await client.call("echo", { text: "after" }, { seconds: 8 }));
}

/** The server never responds to the new session, and ends the stream of it. */
async function unanswered(trial) {
  let opened = 0;
  const server = await Old.begin(trial, {
    post: ({ method }) => {
      if (method === "initialize") opened += 1;
      return method === "initialize" && opened === 2;
    },
  });
  const client = trial.start(server.url, ["--transport", "sse-only"]);
  await client.connect();
  server.streams.at(-1).cut();
  await server.until(() => opened === 2);
  server.streams.at(-1).cut();
  await sleep(300); // a call of this moment is refused with it
  return textOf(await client.call("echo", { text: "after" }, { seconds: 9 }));
}

const endpoint = (address) => async (trial) => {
  const other = await trial.serve();
  const server = await Old.begin(trial, {}, { address: (at) => address(at, server, other) });
  const client = trial.start(server.url, [
    "--transport",
    "sse-only",
    "--header",
    "Authorization: Bearer canary",
  ]);
  const connected = await client.connect(undefined, { seconds: 10 }).then(
    () => true,
    () => false,
  );
  return { connected, elsewhere: other.seen.length };
};

const matrix = [
  // Kind of server, strategy, and the outcome.
  ["new", "none", "connected"],
  ["new", "http-only", "connected"],
  ["new", "sse-first", "connected"],
  ["new", "sse-only", "refused"],
  ["old (405)", "none", "connected"],
  ["old (404)", "http-first", "connected"],
  ["old (405)", "sse-first", "connected"],
  ["old (405)", "sse-only", "connected"],
  ["old (404)", "http-only", "refused"],
];

export const legacy = [
  ...matrix.map(([kind, strategy, wanted]) => [
    `${kind} server, ${strategy === "none" ? "default" : strategy}`,
    wanted,
    order(kind, strategy),
  ]),
  [
    "the old transport: responses, messages, headers, exit",
    {
      answers: ["1", "2", "3"],
      logs: ["one"],
      reply: "bench",
      "without header": 0,
      left: "nothing",
      code: 0,
    },
    stream,
  ],
  [
    "the old transport's stream breaks: an error, then a new session",
    {
      refused: true,
      after: "after",
      greetings: 1,
    },
    again,
  ],
  ["the old transport's stream breaks twice", "after", againAndAgain],
  ["the old transport's stream breaks, and so does the next one", "after", unanswered],
  [
    "the old transport with an absolute URL",
    { connected: true, elsewhere: 0 },
    endpoint((at, server) => new URL(`/message?at=${at}`, server.url).href),
  ],
  [
    "the old transport with a URL of another origin",
    { connected: false, elsewhere: 0 },
    endpoint((at, _, other) => new URL(`/message?at=${at}`, other.url).href),
  ],
];
