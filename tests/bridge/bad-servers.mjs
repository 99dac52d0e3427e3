// Servers that do what they must not: one call gets an invalid response, or every request does.
import { once as event } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { answers, json, slow, stream, trickle } from "./bad-answers.mjs";
import { canary, memoryLimit } from "./messages.mjs";

/**
 * A body that arrives one byte at a time does arrive: the bridge waits for it, and delays nothing
 * else.
 */
async function patient(trial) {
  const server = await trial.serve({
    post: (exchange) => {
      if (exchange.method !== "tools/call" || exchange.args.text) return false;
      const { response } = exchange;
      response.writeHead(200, json);
      const body = JSON.stringify({ jsonrpc: "2.0", ...exchange.answer("slow") });
      slow(
        (byte) => !response.destroyed && response.write(byte) !== undefined,
        body.slice(0, 30),
      ).then(() => response.end(body.slice(30)));
      return true;
    },
  });
  const client = trial.start(server.url, ["--body-timeout", "1"]);
  await client.connect();
  const order = [];
  const call = async (args) =>
    order.push((await client.call("echo", args)).result?.content[0].text);
  await Promise.all([call({}), call({ text: "fast" })]);
  return order;
}

/**
 * A call with an invalid response: the client gets an error with its id, stderr has a message, and
 * the session continues.
 */
function answered(answer, args = [], script = {}) {
  return async (trial) => {
    const server = await trial.serve({
      ...script,
      post: (exchange) =>
        exchange.method === "tools/call" && exchange.args.text !== "after" && answer(exchange),
    });
    const client = trial.start(server.url, args);
    await client.connect();
    // The server's own stream, if there is one, brings no response either.
    await server.until(() => server.streams.length > 0 || script.get);
    const { error } = await client.call("bad", {}, { id: "call", seconds: 6 });
    const after = await client.call("echo", { text: "after" });
    return {
      refused: Boolean(error?.message),
      printed: client.stderr.length > 0,
      after: after.result?.content[0].text ?? after.error.message,
      invalidLines: client.invalidLines.length,
      small: client.peak < memoryLimit || client.peak,
    };
  };
}

/** A server without any valid response: the handshake fails, and the bridge continues to run. */
function never(script) {
  return async (trial) => {
    const server = await trial.serve(script);
    const client = trial.start(server.url, ["--headers-timeout", "3"]);
    const { error } = await client.request(
      "initialize",
      {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "bench", version: "1" },
      },
      { seconds: 6 },
    );
    return {
      refused: Boolean(error?.message),
      printed: client.stderr.length > 0,
      requests: server.seen.length < 20 || server.seen.length,
    };
  };
}

/** Nothing may reach another origin: not a header, not the session id, not the message. */
function elsewhere(status) {
  return async (trial) => {
    const other = await trial.serve();
    const away = (exchange) => exchange.reply(status, "", { location: other.url });
    const server = await trial.serve({
      post: (exchange) => exchange.method === "tools/call" && away(exchange),
      get: (exchange) => exchange.session && away(exchange),
    });
    const client = trial.start(server.url, [
      "--header",
      `Authorization: Bearer ${canary}`,
      "--header",
      `X-Api-Key: ${canary}`,
    ]);
    await client.connect();
    await server.until(() => server.ours().some(({ verb }) => verb === "GET"));
    const { error } = await client.call("bad", { text: "private" }, { seconds: 6 });
    const leaks = other.seen.filter(
      ({ headers, body }) =>
        JSON.stringify(headers).includes(canary) || headers["mcp-session-id"] || body,
    );
    return {
      refused: Boolean(error),
      leaks: leaks.length,
      printed: client.stderr.includes(canary) ? "the secret" : "no secret",
    };
  };
}

/** A call that the server may have executed is not sent again. */
async function once(trial) {
  const server = await trial.serve({
    post: (exchange) => {
      if (exchange.method !== "tools/call") return false;
      exchange.response.socket.destroy();
      return true;
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  await client.request("ping"); // so that the call goes over a connection that was used
  const { error } = await client.call("once", {}, { seconds: 6 });
  return { refused: Boolean(error?.message), calls: server.calls.length };
}

/** A key in the URL appears nowhere. */
async function keyInTheAddress(trial) {
  const server = await trial.serve({ post: (exchange) => exchange.reply(500, "no") });
  const client = trial.start(`${server.url}?api_key=${canary}`);
  const { error } = await client.request("initialize", {}, { seconds: 6 });
  const output = JSON.stringify(error) + client.stderr;
  return {
    refused: Boolean(error),
    asked: server.seen.some(({ path }) => path.includes(canary)),
    printed: output.includes(canary),
  };
}

async function refused(trial) {
  const server = createServer();
  await event(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  const client = trial.start(`http://127.0.0.1:${port}/mcp`);
  const { error } = await client.request("initialize", {}, { seconds: 6 });
  return { refused: Boolean(error?.message), printed: client.stderr.includes(`${port}`) };
}

async function notHttp(trial) {
  const server = createServer((socket) =>
    socket.on("error", () => {}).end("220 mail.bench.example ESMTP\r\n"),
  );
  await event(server.listen(0, "127.0.0.1"), "listening");
  trial.owns({ stop: () => server.close() });
  const client = trial.start(`http://127.0.0.1:${server.address().port}/mcp`);
  const { error } = await client.request("initialize", {}, { seconds: 6 });
  return { refused: Boolean(error?.message), printed: client.stderr.length > 0 };
}

/** Invalid messages on the server's own stream: the valid ones arrive. */
async function nonsense(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url);
  await client.connect();
  await server.until(() => server.streams.length > 0);
  const [one] = server.streams;
  for (const data of ["not json", '{"half":', "1", "null", "[]", '"text"', "\xff"])
    one.send({}, { data });
  one
    .send({ id: "unasked", result: {} })
    .send({ method: "notifications/message", params: { level: "info", data: "good" } });
  await client.until(() => client.notifications("notifications/message").length === 1);
  const after = await client.call("echo", { text: "after" });
  return { after: after.result?.content[0].text, invalidLines: client.invalidLines.length };
}

/**
 * A server whose own stream ends as soon as it is opened: the bridge waits before it opens it
 * again.
 */
async function endsAlways(trial) {
  const server = await trial.serve({
    get: (exchange) => server?.isOurs(exchange) && exchange.reply(200, ": nothing\n\n", stream),
  });
  const client = trial.start(server.url);
  await client.connect();
  await sleep(2500);
  const gets = server.ours().filter(({ verb }) => verb === "GET").length;
  const after = await client.call("echo", { text: "after" });
  return { after: after.result?.content[0].text, calm: gets < 10 || gets };
}

const well = { refused: true, printed: true, after: "after", invalidLines: 0, small: true };
const bad = { refused: true, printed: true };

export const badServers = [
  ...Object.entries(answers).map(([name, answer]) => [
    `the server sends: ${name}`,
    well,
    answered(answer),
  ]),
  // A server with its own stream may respond on it, so the bridge waits.
  ...[202, 204].map((status) => [
    `the server sends: ${status} for a call, without its own stream`,
    well,
    answered((exchange) => exchange.reply(status), [], { get: (exchange) => exchange.reply(405) }),
  ]),
  ["the server sends: headers byte by byte", well, answered(trickle, ["--headers-timeout", "2"])],
  ["the server sends: a body byte by byte", ["fast", "slow"], patient],
  ...[301, 302, 303, 307, 308].map((status) => [
    `a redirect to another origin (${status})`,
    { refused: true, leaks: 0, printed: "no secret" },
    elsewhere(status),
  ]),
  [
    "nothing but 500",
    { ...bad, requests: true },
    never({ post: (exchange) => exchange.reply(500), get: (exchange) => exchange.reply(500) }),
  ],
  [
    "nothing but 401 without a challenge",
    { ...bad, requests: true },
    never({ post: (exchange) => exchange.reply(401), get: (exchange) => exchange.reply(401) }),
  ],
  [
    "nothing but HTML",
    { ...bad, requests: true },
    never(Object.fromEntries(["post", "get"].map((verb) => [verb, answers.HTML]))),
  ],
  ["no response at all", { ...bad, requests: true }, never({ post: () => true, get: () => true })],
  ["a connection that breaks at a call", { refused: true, calls: 1 }, once],
  [
    "a key in the URL is not printed",
    { refused: true, asked: true, printed: false },
    keyInTheAddress,
  ],
  ["connection refused", { refused: true, printed: true }, refused],
  ["another protocol", { refused: true, printed: true }, notHttp],
  ["invalid messages on the server's own stream", { after: "after", invalidLines: 0 }, nonsense],
  ["the server's own stream always ends immediately", { after: "after", calm: true }, endsAlways],
];
