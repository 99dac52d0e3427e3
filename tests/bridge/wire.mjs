// Streamable HTTP: sessions, streams, and what passes through them. The server is a stand-in.
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";

const texts = (answers) => answers.map(({ result, error }) => result?.content[0].text ?? `error ${error.code}`);
const say = (text) => ({ method: "notifications/message", params: { level: "info", data: text } });
const told = (client) => client.told("notifications/message").map(({ params }) => params.data);

async function session(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url);
  await client.connect();
  const called = await client.call("echo", { text: "a" });
  await server.until(() => server.streams.length > 0);
  client.close();
  await client.end();
  const later = server.ours().filter(({ method }) => method !== "initialize");
  const without = (name) => later.filter(({ headers }) => !headers[name]).map(({ verb }) => verb);
  const accepts = (verb) => [...new Set(server.ours().filter((x) => x.verb === verb).map((x) => x.headers.accept))];
  return {
    called: texts([called]),
    verbs: [...new Set(later.map(({ verb }) => verb))].sort(),
    "without session": without("mcp-session-id"),
    "without version": without("mcp-protocol-version").filter((verb) => verb !== "DELETE"),
    versions: [...new Set(later.map(({ headers }) => headers["mcp-protocol-version"]).filter(Boolean))],
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
  const after = await Promise.all([1, 2, 3, 4, 5].map((at) => client.call("echo", { text: `${at}` })));
  const begun = server.ours("initialize").map(({ welcomed }) => welcomed);
  const fresh = server.ours().filter(({ session, verb }) => session === begun[1] && verb === "POST");
  await client.ask("ping"); // whatever else would be heard has been
  return {
    answers: texts([before, ...after]),
    begun: begun.length,
    first: fresh[0]?.method,
    "heard of it": client.heard.filter(({ result }) => result?.serverInfo).length - 1,
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
  server.streams[1].send(say("on the new stream"));
  await client.until(() => told(client).length > 0);
  return { after: texts([after]), told: told(client) };
}

async function ownStream(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url);
  await client.connect();
  await server.until(() => server.streams.length > 0);
  const [stream] = server.streams;
  stream.send(say("one")).send({ id: "roots", method: "roots/list" }).send({ id: 7, method: "no/such" }).send(say("two"));
  const replies = () => server.ours().filter(({ message }) => message && !message.method);
  await server.until(() => replies().length === 2);
  await client.until(() => told(client).length === 2);
  const answered = Object.fromEntries(replies().map(({ message: { id, result, error } }) => [id, result ?? error.code]));
  return { told: told(client), answered };
}

/** A call whose stream breaks off, with events that have ids: what happens on the stream, and when it is opened again. */
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
        stream.send({}, { id: "one", retry, data: "" }).send(say("begun"), { id: "two" });
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
          stream.send(say("more"), { id: "three" });
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
    return { answer: texts([answer]), from: asked.map(({ id }) => id), told: told(client), honoured: honoured || waited };
  };
}

async function broken(trial) {
  const server = await trial.serve({
    post: async (exchange) => {
      if (exchange.method !== "tools/call" || exchange.args.text) return false;
      const stream = exchange.events().send(say("begun"));
      await sleep(50);
      stream.cut();
      return true;
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  const answer = await client.call("slow", {}, { seconds: 5 }).catch((error) => ({ error: { code: error.message } }));
  return { refused: Boolean(answer.error?.message), after: texts([await client.call("echo", { text: "after" })]) };
}

function ownStreamAgain(breaks, ids) {
  return async (trial) => {
    const server = await trial.serve();
    const client = trial.start(server.url);
    await client.connect();
    await server.until(() => server.streams.length > 0);
    server.streams[0].send(say("one"), ids ? { id: "own-1", retry: 200 } : {});
    await client.until(() => told(client).length === 1);
    server.streams[0][breaks]();
    await server.until(() => server.streams.length > 1);
    server.streams[1].send(say("two"));
    await client.until(() => told(client).length === 2);
    return { told: told(client), from: server.streams[1].exchange.headers["last-event-id"] ?? "none" };
  };
}

function noStream(status) {
  return async (trial) => {
    const server = await trial.serve({ get: (exchange) => exchange.reply(status, "no stream here") });
    const client = trial.start(server.url);
    await client.connect();
    await server.until(() => server.ours().some(({ verb }) => verb === "GET"));
    const answers = [await client.call("echo", { text: "a" }), await client.call("echo", { text: "b" })];
    return { answers: texts(answers), tries: server.ours().filter(({ verb }) => verb === "GET").length };
  };
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
  const ids = [1000, "1000", "a b", "", 0, -1, ...Array.from({ length: 58 }, (_, at) => `id-${at}`)];
  const answers = await Promise.all(ids.map((id) => client.call("echo", { text: `of ${JSON.stringify(id)}` }, { id })));
  return texts(answers).filter((text, at) => text === `of ${JSON.stringify(ids[at])}`).length;
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
      } else if (exchange.method !== "initialize") order.push(initialized ? exchange.method : `early ${exchange.method}`);
      return false;
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  await client.ask("tools/list", {});
  return order;
}

function accepted(status, body) {
  return async (trial) => {
    const notified = (exchange) => exchange.message && exchange.message.id === undefined && exchange.reply(status, body);
    const server = await trial.serve({ post: notified });
    const client = trial.start(server.url);
    await client.connect();
    client.tell("notifications/roots/list_changed");
    const answer = await client.call("echo", { text: "a" });
    await server.until(() => server.ours("notifications/roots/list_changed").length === 1);
    return { answer: texts([answer]), noise: client.noise, errors: client.heard.filter(({ error }) => error).length };
  };
}

async function batch(trial) {
  const server = await trial.serve({
    post: (exchange) => {
      const { message } = exchange;
      if (!Array.isArray(message)) return false;
      return exchange.json(message.map(({ id }) => ({ jsonrpc: "2.0", id, result: { batch: true } })).reverse());
    },
  });
  const client = trial.start(server.url);
  await client.connect("2025-03-26");
  const answers = Promise.all(["b-1", "b-2"].map((id) => client.answer(id, 4)));
  client.write(`${JSON.stringify(["b-1", "b-2"].map((id) => ({ jsonrpc: "2.0", id, method: "ping" })))}\n`);
  return { answers: (await answers).map(({ result }) => result), lines: client.noise.length };
}

async function asWritten(trial) {
  const down = '{"big":12345678901234567890,"one":1.0,"tiny":1e-400,"text":"\\u00e9\\ud83d\\ude00 é \\/"}';
  const up = '{"n":12345678901234567890.10,"s":"\\u2028\\/"}';
  const pretty = (id) => `\n{\n "jsonrpc": "2.0",\r\n "id": ${id},\n "result": ${down}\n}\n`;
  const server = await trial.serve({
    post: (exchange) =>
      exchange.method === "as/written" && exchange.reply(200, pretty("7"), { "content-type": "application/json; charset=utf-8" }),
  });
  const client = trial.start(server.url);
  await client.connect();
  const answer = client.answer(7);
  client.write(`{"jsonrpc":"2.0","id":7,"method":"as/written","params":${up}}\n`);
  await answer;
  const { line } = client.heard.find(({ id }) => id === 7);
  return { down: line.includes(down), up: server.ours("as/written")[0].body.includes(up), noise: client.noise.length };
}

async function oddStreams(trial) {
  const server = await trial.serve({
    post: async (exchange) => {
      if (exchange.method !== "tools/call") return false;
      const { response } = exchange.events();
      const answer = JSON.stringify({ jsonrpc: "2.0", ...exchange.answer("é🌍") });
      const [begin, end] = [answer.slice(0, answer.indexOf(",") + 1), answer.slice(answer.indexOf(",") + 1)];
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
  return texts([await client.call("odd")]);
}

const packed = (way) => async (trial) => {
  const ways = {
    "gzip where it is taken": (exchange) => {
      const body = JSON.stringify({ jsonrpc: "2.0", ...exchange.answer("a") });
      const gzip = /gzip/.test(exchange.headers["accept-encoding"] ?? "");
      const head = { "content-type": "application/json", ...(gzip && { "content-encoding": "gzip" }) };
      return exchange.reply(200, gzip ? gzipSync(body) : body, head);
    },
    "a body that ends with its connection": (exchange) => {
      const { socket } = exchange.response;
      const body = JSON.stringify({ jsonrpc: "2.0", ...exchange.answer("a") });
      socket.end(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n${body}`);
      return true;
    },
    "a connection that is closed while it is idle": (exchange) => {
      setTimeout(() => exchange.request.socket.end(), 50);
      return exchange.text("a");
    },
    "a connection for each answer": (exchange) => exchange.text("a", { connection: "close" }),
    "a type in capitals": (exchange) => exchange.text("a", { "content-type": "Application/JSON;charset=UTF-8" }),
  };
  const server = await trial.serve({ post: (exchange) => exchange.method === "tools/call" && ways[way](exchange) });
  const client = trial.start(server.url);
  await client.connect();
  const answers = [];
  for (let at = 0; at < 3; at++) {
    answers.push(await client.call("echo"));
    await sleep(120);
  }
  return texts(answers);
};

export function wire(bench) {
  const check = (name, wanted, scenario) => bench.check("transport", name, wanted, scenario);
  const post = ["application/json, text/event-stream"];
  return [
    check("session and version on every request, and DELETE at the end", {
      called: ["a"],
      verbs: ["DELETE", "GET", "POST"],
      "without session": [],
      "without version": [],
      versions: ["2025-11-25"],
      accepts: { POST: post, GET: ["text/event-stream"] },
    }, session),
    check("a lost session is begun anew, and its calls are answered", {
      answers: ["before", "1", "2", "3", "4", "5"], begun: 2, first: "notifications/initialized", "heard of it": 0,
    }, lost),
    check("a lost session gets its own stream again", { after: ["after"], told: ["on the new stream"] }, lostStream),
    check("the server's own stream: messages, requests and their answers", {
      told: ["one", "two"], answered: { roots: { roots: [{ uri: "file:///bench", name: "bench" }] }, 7: -32601 },
    }, ownStream),
    ...["end", "cut"].map((breaks) => check(`a stream that breaks off (${breaks}) goes on where it was, after \`retry\``, {
      answer: ["resumed"], from: ["two"], told: ["begun"], honoured: true,
    }, resumed({ breaks, retry: 700 }))),
    check("a stream that breaks off twice", {
      answer: ["resumed"], from: ["two", "three"], told: ["begun", "more"], honoured: true,
    }, resumed({ breaks: "cut", retry: 100, cuts: 2 })),
    check("a stream that cannot be resumed at first", {
      answer: ["resumed"], from: ["two", "two"], told: ["begun"], honoured: true,
    }, resumed({ breaks: "cut", retry: 100, refuse: 1 })),
    check("a stream without ids that breaks off is an error", { refused: true, after: ["after"] }, broken),
    ...["end", "cut"].flatMap((breaks) => [true, false].map((ids) => check(
      `its own stream breaks off (${breaks}, ${ids ? "with" : "without"} ids) and is opened again`,
      { told: ["one", "two"], from: ids ? "own-1" : "none" },
      ownStreamAgain(breaks, ids),
    ))),
    ...[405, 404, 400, 500].map((status) => check(
      `a server without a stream of its own (${status})`, { answers: ["a", "b"], tries: 1 }, noStream(status),
    )),
    check("64 calls in flight, answered in reverse", 64, inFlight),
    check("nothing overtakes `initialized`", ["tools/list"], inOrder),
    ...[[202, ""], [200, ""], [204, ""], [202, "Accepted"], [200, "null"]].map(([status, body]) => check(
      `notifications are taken with ${status} and ${body ? `\`${body}\`` : "nothing"}`,
      { answer: ["a"], noise: [], errors: 0 },
      accepted(status, body),
    )),
    check("a batch and its answers", { answers: [{ batch: true }, { batch: true }], lines: 0 }, batch),
    check("messages pass as they are written", { down: true, up: true, noise: 0 }, asWritten),
    check("events in odd shapes and pieces", ["é🌍"], oddStreams),
    ...["gzip where it is taken", "a body that ends with its connection", "a connection that is closed while it is idle",
      "a connection for each answer", "a type in capitals"].map((way) => check(way, ["a", "a", "a"], packed(way))),
  ];
}
