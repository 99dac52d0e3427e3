// Servers that answer what they should not. Each answers the handshake well and one call badly, or nothing well.
import { createServer } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const limit = 200; // MiB
const canary = "canary-of-the-bench";
const json = { "content-type": "application/json" };
const stream = { "content-type": "text/event-stream" };

/** Writes without an end, as fast as it is read. */
function endless(response, head, text) {
  response.writeHead(200, head).write(text);
  const piece = "x".repeat(1 << 16);
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on("drain", more);
  more();
  return true;
}

/** Writes a byte now and then. */
async function slow(write, bytes) {
  for (const byte of bytes) {
    if (!write(byte)) return;
    await sleep(100);
  }
}

const answers = {
  "HTML": (exchange) => exchange.reply(200, "<!doctype html><title>sign in</title>", { "content-type": "text/html" }),
  "HTML that says it is JSON": (exchange) => exchange.reply(200, "<!doctype html><title>sign in</title>", json),
  "half a JSON": (exchange) => exchange.reply(200, '{"jsonrpc":"2.0","id":', json),
  "half a JSON, then a cut": (exchange) => {
    const { response } = exchange;
    response.writeHead(200, { ...json, "content-length": 1000 }).write('{"jsonrpc":"2.0","id":');
    setTimeout(() => response.destroy(), 50);
    return true;
  },
  "an endless line": (exchange) => endless(exchange.response, json, '{"jsonrpc":"2.0","result":"'),
  "an endless line in a stream": (exchange) => endless(exchange.response, stream, "data: "),
  "an endless event": (exchange) => endless(exchange.response, stream, "data: x\n".repeat(1 << 16)),
  "endless white space": (exchange) => endless(exchange.response, json, " "),
  "bytes that are no UTF-8": (exchange) =>
    exchange.reply(200, Buffer.from('{"jsonrpc":"2.0","id":"call","result":{"text":"\xff\xfe"}}', "latin1"), json),
  "bytes that are no UTF-8, in a stream": (exchange) =>
    exchange.reply(200, Buffer.from('data: {"jsonrpc":"2.0","id":"call","result":{"text":"\xff\xfe"}}\n\n', "latin1"), stream),
  "control bytes": (exchange) => exchange.reply(200, '{"jsonrpc":"2.0","id":"call","result":{"text":"\0\x01\x02"}}', json),
  "nothing, with 200": (exchange) => exchange.reply(200),
  "nothing, with 200, as JSON": (exchange) => exchange.reply(200, "", json),
  "a stream that ends at once": (exchange) => exchange.reply(200, "", stream),
  "202 for a call": (exchange) => exchange.reply(202),
  "204 for a call": (exchange) => exchange.reply(204),
  "a stream that is cut": (exchange) => {
    const { response } = exchange;
    response.writeHead(200, stream).write('data: {"jsonrpc":"2.0","id":"call","resu');
    setTimeout(() => response.destroy(), 50);
    return true;
  },
  "an answer to another request": (exchange) => exchange.json({ jsonrpc: "2.0", id: "not-this", result: {} }),
  "an answer to nobody": (exchange) => exchange.json({ jsonrpc: "2.0", id: null, error: { code: -32700, message: "no" } }),
  "a list of nothing": (exchange) => exchange.json([]),
  "a number": (exchange) => exchange.json(1),
  "500": (exchange) => exchange.reply(500, "it broke"),
  "502 in HTML": (exchange) => exchange.reply(502, "<h1>bad gateway</h1>", { "content-type": "text/html" }),
  "429": (exchange) => exchange.reply(429, "", { "retry-after": "3600" }),
  "403": (exchange) => exchange.reply(403, "no"),
  "another type": (exchange) => exchange.reply(200, "hello", { "content-type": "application/octet-stream" }),
  "a redirect without an address": (exchange) => exchange.reply(307),
  "a redirect without end": (exchange) => exchange.reply(307, "", { location: `${exchange.path}?` }),
  "a redirect to a file": (exchange) => exchange.reply(307, "", { location: "file:///etc/passwd" }),
  "something that is not HTTP": (exchange) => (exchange.response.socket.end("SSH-2.0-OpenSSH_9.2\r\n"), true),
  "a header that never ends": (exchange) => {
    const { socket } = exchange.response;
    socket.write("HTTP/1.1 200 OK\r\nX-Long: ");
    const piece = "x".repeat(1 << 16);
    const more = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on("drain", more);
    more();
    return true;
  },
  "a number of headers": (exchange) => {
    exchange.response.socket.end(`HTTP/1.1 200 OK\r\n${"X-A: b\r\n".repeat(20000)}\r\n{}`);
    return true;
  },
};

/** Headers that come a byte at a time: a limit of time ends them. */
const trickle = (exchange) => {
  const { socket } = exchange.response;
  slow((byte) => !socket.destroyed && socket.write(byte) !== undefined, `HTTP/1.1 200 OK\r\nX: ${"y".repeat(600)}`);
  return true;
};

/** A body that comes a byte at a time is one that comes: it is waited for, and keeps nothing else from passing. */
async function patient(trial) {
  const server = await trial.serve({
    post: (exchange) => {
      if (exchange.method !== "tools/call" || exchange.args.text) return false;
      const { response } = exchange;
      response.writeHead(200, json);
      const body = JSON.stringify({ jsonrpc: "2.0", ...exchange.answer("slow") });
      slow((byte) => !response.destroyed && response.write(byte) !== undefined, body.slice(0, 30)).then(() => response.end(body.slice(30)));
      return true;
    },
  });
  const client = trial.start(server.url, ["--body-timeout", "1"]);
  await client.connect();
  const order = [];
  const call = async (args) => order.push((await client.call("echo", args)).result?.content[0].text);
  await Promise.all([call({}), call({ text: "fast" })]);
  return order;
}

/** A call that is answered badly: an error with its id, words for a person, and the session goes on. */
function answered(answer, args = []) {
  return async (trial) => {
    const server = await trial.serve({
      post: (exchange) => exchange.method === "tools/call" && exchange.args.text !== "after" && answer(exchange),
    });
    const client = trial.start(server.url, args);
    await client.connect();
    await server.until(() => server.streams.length > 0); // an answer might come by it as well
    const { error } = await client.call("bad", {}, { id: "call", seconds: 6 });
    const after = await client.call("echo", { text: "after" });
    return {
      refused: Boolean(error?.message),
      said: client.stderr.length > 0,
      after: after.result?.content[0].text ?? after.error.message,
      noise: client.noise.length,
      small: client.peak < limit || client.peak,
    };
  };
}

/** A server that answers nothing well: the handshake is refused, and the bridge is still there. */
function never(script) {
  return async (trial) => {
    const server = await trial.serve(script);
    const client = trial.start(server.url, ["--headers-timeout", "3"]);
    const { error } = await client.ask("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } }, { seconds: 6 });
    return { refused: Boolean(error?.message), said: client.stderr.length > 0, requests: server.seen.length < 20 || server.seen.length };
  };
}

/** Nothing of ours may reach another origin: not the header, not the session, not the message. */
function elsewhere(status) {
  return async (trial) => {
    const other = await trial.serve();
    const away = (exchange) => exchange.reply(status, "", { location: other.url });
    const server = await trial.serve({
      post: (exchange) => exchange.method === "tools/call" && away(exchange),
      get: (exchange) => exchange.session && away(exchange),
    });
    const client = trial.start(server.url, ["--header", `Authorization: Bearer ${canary}`, "--header", `X-Api-Key: ${canary}`]);
    await client.connect();
    await server.until(() => server.ours().some(({ verb }) => verb === "GET"));
    const { error } = await client.call("bad", { text: "private" }, { seconds: 6 });
    const leaks = other.seen.filter(({ headers, body }) => JSON.stringify(headers).includes(canary) || headers["mcp-session-id"] || body);
    return { refused: Boolean(error), leaks: leaks.length, said: client.stderr.includes(canary) ? "the secret" : "no secret" };
  };
}

async function refused(trial) {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  const client = trial.start(`http://127.0.0.1:${port}/mcp`);
  const { error } = await client.ask("initialize", {}, { seconds: 6 });
  return { refused: Boolean(error?.message), says: client.stderr.includes(`${port}`) };
}

async function notHttp(trial) {
  const server = createServer((socket) => socket.on("error", () => {}).end("220 mail.bench.example ESMTP\r\n"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  trial.owns({ stop: () => server.close() });
  const client = trial.start(`http://127.0.0.1:${server.address().port}/mcp`);
  const { error } = await client.ask("initialize", {}, { seconds: 6 });
  return { refused: Boolean(error?.message), said: client.stderr.length > 0 };
}

/** A server's own stream that says nonsense: what is good of it comes through. */
async function nonsense(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url);
  await client.connect();
  await server.until(() => server.streams.length > 0);
  const [one] = server.streams;
  for (const data of ["not json", '{"half":', "1", "null", "[]", '"text"', "\xff"]) one.send({}, { data });
  one.send({ id: "unasked", result: {} }).send({ method: "notifications/message", params: { level: "info", data: "good" } });
  await client.until(() => client.told("notifications/message").length === 1);
  const after = await client.call("echo", { text: "after" });
  return { after: after.result?.content[0].text, noise: client.noise.length };
}

/** A server whose own stream ends as soon as it is opened is not asked for it without a pause. */
async function storm(trial) {
  const server = await trial.serve({ get: (exchange) => server?.isOurs(exchange) && exchange.reply(200, ": nothing\n\n", stream) });
  const client = trial.start(server.url);
  await client.connect();
  await sleep(2500);
  const gets = server.ours().filter(({ verb }) => verb === "GET").length;
  const after = await client.call("echo", { text: "after" });
  return { after: after.result?.content[0].text, calm: gets < 10 || gets };
}

export function badServers(bench) {
  const check = (name, wanted, scenario) => bench.check("bad", name, wanted, scenario);
  const well = { refused: true, said: true, after: "after", noise: 0, small: true };
  const bad = { refused: true, said: true };
  return [
    ...Object.entries(answers).map(([name, answer]) => check(`the server answers: ${name}`, well, answered(answer))),
    check("the server answers: headers byte by byte", well, answered(trickle, ["--headers-timeout", "2"])),
    check("the server answers: a body byte by byte", ["fast", "slow"], patient),
    ...[301, 302, 303, 307, 308].map((status) =>
      check(`a redirect to another origin (${status})`, { refused: true, leaks: 0, said: "no secret" }, elsewhere(status)),
    ),
    check("nothing but 500", { ...bad, requests: true }, never({ post: (exchange) => exchange.reply(500), get: (exchange) => exchange.reply(500) })),
    check("nothing but 401 without a challenge", { ...bad, requests: true }, never({ post: (exchange) => exchange.reply(401), get: (exchange) => exchange.reply(401) })),
    check("nothing but HTML", { ...bad, requests: true }, never(Object.fromEntries(["post", "get"].map((verb) => [verb, answers.HTML])))),
    check("no answer at all", { ...bad, requests: true }, never({ post: () => true, get: () => true })),
    check("nobody listens", { refused: true, says: true }, refused),
    check("another protocol", { refused: true, said: true }, notHttp),
    check("nonsense on the server's own stream", { after: "after", noise: 0 }, nonsense),
    check("an own stream that ends at once, always", { after: "after", calm: true }, storm),
  ];
}
