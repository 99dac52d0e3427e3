// Bodies of HTTP, and that a message passes byte for byte. The server is scripted.
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { memoryLimit, textOf } from "./messages.mjs";

async function asWritten(trial) {
  const down =
    '{"big":12345678901234567890,"one":1.0,"tiny":1e-400,"text":"\\u00e9\\ud83d\\ude00 é \\/"}';
  const up = '{"n":12345678901234567890.10,"s":"\\u2028\\/"}';
  const pretty = (id) => `\n{\n "jsonrpc": "2.0",\r\n "id": ${id},\n "result": ${down}\n}\n`;
  const server = await trial.serve({
    post: (exchange) =>
      exchange.method === "as/written" &&
      exchange.reply(200, pretty("7"), { "content-type": "application/json; charset=utf-8" }),
  });
  const client = trial.start(server.url);
  await client.connect();
  const answer = client.response(7);
  client.write(`{"jsonrpc":"2.0","id":7,"method":"as/written","params":${up}}\n`);
  await answer;
  const { line } = client.messages.find(({ id }) => id === 7);
  return {
    down: line.includes(down),
    up: server.ours("as/written")[0].body.includes(up),
    invalidLines: client.invalidLines.length,
  };
}

const packed = (way) => async (trial) => {
  let closed;
  const ways = {
    "gzip if it is accepted": (exchange) => {
      const body = JSON.stringify({ jsonrpc: "2.0", ...exchange.answer("a") });
      const gzip = /gzip/.test(exchange.headers["accept-encoding"] ?? "");
      const head = {
        "content-type": "application/json",
        ...(gzip && { "content-encoding": "gzip" }),
      };
      return exchange.reply(200, gzip ? gzipSync(body) : body, head);
    },
    "a body that ends with the connection": (exchange) => {
      const { socket } = exchange.response;
      const body = JSON.stringify({ jsonrpc: "2.0", ...exchange.answer("a") });
      socket.end(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n${body}`,
      );
      return true;
    },
    "an idle connection that is closed": (exchange) => {
      closed = new Promise((done) => setTimeout(() => exchange.request.socket.end(done), 50));
      return exchange.text("a");
    },
    "a connection for each response": (exchange) => exchange.text("a", { connection: "close" }),
    "a type in capitals": (exchange) =>
      exchange.text("a", { "content-type": "Application/JSON;charset=UTF-8" }),
  };
  const server = await trial.serve({
    post: (exchange) => exchange.method === "tools/call" && ways[way](exchange),
  });
  const client = trial.start(server.url);
  await client.connect();
  const answers = [];
  for (let at = 0; at < 3; at++) {
    answers.push(await client.call("echo"));
    await closed;
    await sleep(300);
  }
  return answers.map(textOf);
};

/** Responses of many megabytes arrive completely, and are not copied more often than necessary. */
const long = (way) => async (trial) => {
  const sent = "é".repeat(20 << 20);
  const server = await trial.serve({
    post: (exchange) => {
      if (exchange.method !== "tools/call") return false;
      if (way === "JSON") return exchange.text(sent);
      return exchange.events().send(exchange.answer(sent)).end() ?? true;
    },
  });
  const client = trial.start(server.url);
  await client.connect();
  const { result } = await client.call("long");
  return {
    whole: result.content[0].text === sent,
    small: client.peak < memoryLimit || client.peak,
  };
};

/** A byte order mark before the response. */
async function marked(trial) {
  const server = await trial.serve({
    post: (exchange) =>
      exchange.method === "tools/call" &&
      exchange.reply(
        200,
        `\ufeff${JSON.stringify({ jsonrpc: "2.0", ...exchange.answer("marked") })}`,
        {
          "content-type": "application/json",
        },
      ),
  });
  const client = trial.start(server.url);
  await client.connect();
  return textOf(await client.call("echo"));
}

/**
 * Half a surrogate pair, and a number that no computer can hold, in a list of which one tool is
 * hidden.
 */
async function halves(trial) {
  const tools = String.raw`{"name":"shown","description":"cut \ud83d","inputSchema":{"maximum":1e999}}`;
  const server = await trial.serve({
    post: (exchange) =>
      exchange.method === "tools/list" &&
      exchange.reply(
        200,
        `{"jsonrpc":"2.0","id":${exchange.message.id},"result":{"tools":[{"name":"other"},${tools}]}}`,
        {
          "content-type": "application/json",
        },
      ),
  });
  const client = trial.start(server.url, ["--ignore-tool", "other"]);
  await client.connect();
  const { result } = await client.request("tools/list");
  return result?.tools.map(({ name }) => name);
}

export const bodies = [
  ["a byte order mark", "marked", marked],
  ["half a surrogate pair beside a hidden tool", ["shown"], halves],
  ["messages pass unchanged", { down: true, up: true, invalidLines: 0 }, asWritten],
  ...["JSON", "an event"].map((way) => [
    `a response of 40 MiB as ${way}`,
    { whole: true, small: true },
    long(way),
  ]),
  ...[
    "gzip if it is accepted",
    "a body that ends with the connection",
    "an idle connection that is closed",
    "a connection for each response",
    "a type in capitals",
  ].map((way) => [way, ["a", "a", "a"], packed(way)]),
];
