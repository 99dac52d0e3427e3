// Servers and clients that come and go: the bridge restores what was lost. The server is scripted.
import { setTimeout as sleep } from "node:timers/promises";
import { logMessage, logsOf, textOf } from "./messages.mjs";
import { ScriptedServer } from "./scripted-server.mjs";

const handshake = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "bench", version: "1" },
};

/** A server that is restarted on the same port, without its sessions. */
async function restarted(trial) {
  const known = new Set();
  const script = {
    post: (exchange) => {
      if (exchange.method !== "initialize" && exchange.session && !known.has(exchange.session))
        return exchange.reply(404);
      return false;
    },
    get: (exchange) => exchange.session && !known.has(exchange.session) && exchange.reply(404),
  };
  const first = await trial.serve();
  const client = trial.start(first.url);
  await client.connect();
  await first.until(() => first.streams.length > 0);
  const { port } = first;
  await first.stop();
  const down = textOf(await client.call("echo", { text: "down" }));
  const second = trial.owns(
    await new ScriptedServer(script, { port, session: (name) => known.add(name) }).listen(),
  );
  await sleep(100);
  const up = textOf(await client.call("echo", { text: "up" }));
  await second.until(() => second.streams.length > 0);
  second.streams.at(-1).send(logMessage("again"));
  await client.until(() => logsOf(client).includes("again"));
  return { down, up, logs: logsOf(client) };
}

/** A server that starts later than its client. */
async function late(trial) {
  const gone = await trial.serve();
  const { url, port } = gone;
  await gone.stop();
  const client = trial.start(url);
  const { error } = await client.request("initialize", handshake, { seconds: 8 });
  trial.owns(await new ScriptedServer({}, { port }).listen());
  await client.connect();
  return { refused: Boolean(error), later: textOf(await client.call("echo", { text: "a" })) };
}

/** A client that initializes again gets a new session, to which its next requests belong. */
async function twice(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url);
  await client.connect();
  await server.until(() => server.streams.length > 0);
  await client.connect();
  await client.call("echo", { text: "a" });
  const [first, second] = server.ours("initialize").map(({ welcomed }) => welcomed);
  await server.until(() => server.streams.some(({ exchange }) => exchange.session === second));
  return {
    opened: server.ours("initialize").length,
    follows: server.calls[0].session === second,
    apart: first !== second,
  };
}

/** A client that vanishes: the bridge's stdout is closed, and its stdin stays open. */
async function vanished(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url);
  await client.connect();
  await server.until(() => server.streams.length > 0);
  client.closeStdout();
  server.streams[0].send(logMessage("is anybody there?")).send(logMessage("no?"));
  const { seconds, left } = await client.end(4);
  return { ends: seconds < 1.5 || seconds, left };
}

/** Ids return as the client wrote them, however the server writes them. */
async function ids(trial) {
  const server = await trial.serve({
    post: (exchange) => {
      if (exchange.method !== "tools/call") return false;
      const { id } = JSON.parse(exchange.body);
      return exchange.reply(
        200,
        JSON.stringify({ jsonrpc: "2.0", result: { content: [{ text: "ok" }] }, id }),
        {
          "content-type": "application/json",
        },
      );
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  const written = ["1e2", "7.0", '"\\u00e9\\/"', '"😀"', "9007199254740991", "-0", '"1"'];
  const answers = [];
  for (const id of written) {
    const answer = client.response(JSON.parse(id), 4).then(textOf, ({ message }) => message);
    client.write(
      `{"id":${id},"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo","arguments":{}}}\r\n`,
    );
    answers.push(`${id} ${await answer}`);
  }
  return answers;
}

/** A hidden tool is hidden in a batch too. */
async function hiddenInBatch(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url, ["--ignore-tool", "other"]);
  await client.connect("2025-03-26");
  const call = (id, name) => ({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: {} },
  });
  const answer = client.response("hidden", 4);
  client.write(
    `${JSON.stringify([call("hidden", "other"), { jsonrpc: "2.0", method: "notifications/cancelled" }])}\n`,
  );
  const { error } = await answer;
  return {
    refused: error?.code,
    reached: server.seen.filter(({ body }) => body?.includes('"other"')).length,
  };
}

export const recovery = [
  ["a server that is restarted", { down: "error -32001", up: "up", logs: ["again"] }, restarted],
  ["a server that starts later than its client", { refused: true, later: "a" }, late],
  ["a client that initializes again", { opened: 2, follows: true, apart: true }, twice],
  ["a client that vanishes", { ends: true, left: false }, vanished],
  [
    "ids in odd spellings",
    ["1e2 ok", "7.0 ok", '"\\u00e9\\/" ok', '"😀" ok', "9007199254740991 ok", "-0 ok", '"1" ok'],
    ids,
  ],
  ["a hidden tool in a batch", { refused: -32603, reached: 0 }, hiddenInBatch],
];
