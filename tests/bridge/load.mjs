// Many and long messages at once: each gets a response, and the bridge needs little memory. The
// server is scripted.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { memoryLimit, textOf } from "./messages.mjs";
import { RecordingClient } from "./recording-client.mjs";

const small = (client) => client.peak < memoryLimit || client.peak;

/** Calls during which the server requests something of the client; `start` makes the client. */
async function askingBack(trial, count, start) {
  const open = new Map();
  const server = await trial.serve({
    post: (exchange) => {
      const { method, message } = exchange;
      if (method === "tools/call") {
        const stream = exchange.events();
        open.set(`ask-${message.id}`, () => stream.send(exchange.answer("asked")).end());
        return stream.send({ id: `ask-${message.id}`, method: "roots/list" });
      }
      if (message && !method) open.get(message.id)?.();
      return false;
    },
  });
  const client = start(server.url);
  await client.connect();
  const answers = await Promise.all(Array.from({ length: count }, () => client.call("ask")));
  return {
    answered: answers.filter((answer) => textOf(answer) === "asked").length,
    small: small(client),
  };
}

const manyAsking = (trial) => askingBack(trial, 1000, (url) => trial.start(url));

/** More calls than a program that a desktop starts may have open connections. */
function fewDescriptors(trial) {
  const few = ["-c", 'ulimit -Sn 256; exec "$@"', "sh", ...trial.command];
  return askingBack(trial, 300, (url) =>
    trial.owns(new RecordingClient("sh", [...few, url], trial.env)),
  );
}

/** Calls without a response do not delay a cancellation or a ping. */
async function stuck(trial) {
  const server = await trial.serve({ post: ({ method }) => method === "tools/call" });
  const client = trial.start(server.url);
  await client.connect();
  const params = { name: "silent", arguments: {} };
  for (let at = 0; at < 100; at++) client.send({ id: `stuck-${at}`, method: "tools/call", params });
  await server.until(() => server.calls.length === 100);
  client.notify("notifications/cancelled", { requestId: "stuck-1" });
  const ping = await client.request("ping");
  await server.until(() => server.ours("notifications/cancelled").length === 1);
  client.closeStdin();
  const { seconds, left } = await client.end(5);
  return { ping, small: true, ends: seconds < 1 || seconds, left };
}

/** A call that is cancelled while it is queued is never sent. */
async function cancelledInTheQueue(trial) {
  const held = [];
  const server = await trial.serve({
    post: (exchange) =>
      exchange.method === "tools/call" && !exchange.args.text && held.push(exchange) > 0,
  });
  const client = trial.start(server.url);
  await client.connect();
  const calls = Array.from({ length: 256 }, () => client.call("slow", {}, { seconds: 20 }));
  await server.until(() => held.length === 256);
  client.send({
    id: "late",
    method: "tools/call",
    params: { name: "echo", arguments: { text: "late" } },
  });
  client.notify("notifications/cancelled", { requestId: "late" });
  await sleep(200);
  for (const exchange of held) exchange.text("done");
  await Promise.all(calls);
  await client.request("ping");
  return { made: server.calls.filter(({ args }) => args.text).length };
}

/**
 * Calls that are cancelled immediately. A server ignores the cancellation of a call that it does
 * not know, so it must receive neither, or both in order.
 */
async function cancelledAtOnce(trial) {
  const server = await trial.serve({ post: ({ method }) => method === "tools/call" });
  const client = trial.start(server.url);
  await client.connect();
  const ids = Array.from({ length: 60 }, (_, at) => `cancelled-${at}`);
  for (const id of ids) {
    client.send({ id, method: "tools/call", params: { name: "silent", arguments: {} } });
    if (id.endsWith("0")) await sleep(20);
    client.notify("notifications/cancelled", { requestId: id });
  }
  await sleep(1500);
  const heard = (id) =>
    server.ours().filter(({ message }) => [message?.id, message?.params?.requestId].includes(id));
  const fine = ["", "tools/call notifications/cancelled"];
  const wrong = ids.filter(
    (id) =>
      !fine.includes(
        heard(id)
          .map(({ method }) => method)
          .join(" "),
      ),
  );
  return {
    wrong,
    some: server.calls.length > 0,
    answered: client.messages.filter(({ id }) => ids.includes(id)).length,
  };
}

/** Twelve responses of 24 MiB at once. */
async function longAnswers(trial) {
  const sent = "x".repeat(24 << 20);
  const server = await trial.serve({
    post: (exchange) => exchange.method === "tools/call" && exchange.text(sent),
  });
  const client = trial.start(server.url);
  await client.connect();
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => client.call("long", {}, { seconds: 30 })),
  );
  return {
    whole: answers.filter((answer) => textOf(answer) === sent).length,
    small: small(client),
  };
}

/** Twelve calls of 24 MiB at once, to a slow server. */
async function longCalls(trial) {
  const server = await trial.serve({
    post: async (exchange) => {
      if (exchange.method === "tools/call") await sleep(200);
      return exchange.method === "tools/call" && exchange.text(`${exchange.args.text.length}`);
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  const args = { text: "x".repeat(24 << 20) };
  const answers = [];
  for (let at = 0; at < 12; at++) answers.push(client.call("long", args, { seconds: 30 }));
  const lengths = (await Promise.all(answers)).map(textOf);
  return {
    whole: lengths.filter((length) => length === `${24 << 20}`).length,
    small: small(client),
  };
}

/** Ten thousand notifications in order on the stream of one response. */
async function chatter(trial) {
  const server = await trial.serve({
    post: async (exchange) => {
      if (exchange.method !== "tools/call") return false;
      const stream = exchange.events();
      for (let progress = 0; progress < 10000; progress++) {
        stream.send({ method: "notifications/progress", params: { progressToken: "t", progress } });
      }
      stream.send(exchange.answer("done")).end();
      return true;
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  const answer = await client.call("chatter");
  const order = client.notifications("notifications/progress").map(({ params }) => params.progress);
  const last = client.messages.at(-1);
  return {
    answer: textOf(answer),
    inOrder: order.length === 10000 && order.every((progress, at) => progress === at),
    "answer last": last.result !== undefined,
  };
}

/** A bridge without traffic uses no CPU. */
async function idle(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url);
  await client.connect();
  await server.until(() => server.streams.length > 0);
  await client.request("ping");
  const ticks = () => {
    const fields = readFileSync(`/proc/${client.pid}/stat`, "utf8").split(") ")[1].split(" ");
    return Number(fields[11]) + Number(fields[12]); // hundredths of a second, in user and kernel
  };
  await sleep(500);
  const before = ticks();
  await sleep(2000);
  const busy = ticks() - before;
  return busy <= 4 || busy;
}

/** A message nested too deep for most parsers. */
async function deep(trial) {
  const nested = `${"[".repeat(3000)}1${"]".repeat(3000)}`;
  const server = await trial.serve({
    post: (exchange) =>
      exchange.method === "tools/call" &&
      exchange.reply(
        200,
        `{"jsonrpc":"2.0","id":"deep","result":{"content":[{"text":"deep"}],"nested":${nested}}}`,
        {
          "content-type": "application/json",
        },
      ),
  });
  const client = trial.start(server.url, ["--ignore-tool", "other"]);
  await client.connect();
  const answer = client.response("deep", 6);
  const call = (id, name) =>
    `{"jsonrpc":"2.0","id":"${id}","method":"tools/call","params":{"arguments":${nested},"name":"${name}"}}\n`;
  client.write(call("deep", "echo"));
  const hidden = client.response("hidden", 6);
  client.write(call("hidden", "other"));
  return { answer: textOf(await answer), hidden: textOf(await hidden), calls: server.calls.length };
}

export const load = [
  ["a thousand calls with a request to the client", { answered: 1000, small: true }, manyAsking],
  [
    "100 calls without a response",
    { ping: { result: {} }, small: true, ends: true, left: false },
    stuck,
  ],
  [
    "few descriptors, and 300 calls with a request to the client",
    { answered: 300, small: true },
    fewDescriptors,
  ],
  ["a call that is cancelled in the queue", { made: 0 }, cancelledInTheQueue],
  ["no cancellation overtakes its call", { wrong: [], some: true, answered: 0 }, cancelledAtOnce],
  ["twelve responses of 24 MiB at once", { whole: 12, small: true }, longAnswers],
  ["twelve calls of 24 MiB at once", { whole: 12, small: true }, longCalls],
  [
    "ten thousand notifications before a response",
    { answer: "done", inOrder: true, "answer last": true },
    chatter,
  ],
  ["no traffic", true, idle],
  [
    "a message nested 3000 deep, and tools that are hidden",
    { answer: "deep", hidden: "error -32603", calls: 1 },
    deep,
  ],
];
