// Invalid responses of a server to one call.
import { setTimeout as sleep } from "node:timers/promises";

export const json = { "content-type": "application/json" };

export const stream = { "content-type": "text/event-stream" };

/** Writes as fast as the client reads, and never ends. */
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

/** Writes a byte every 100 ms. */
export async function slow(write, bytes) {
  for (const byte of bytes) {
    if (!write(byte)) return;
    await sleep(100);
  }
}

/** The responses, by their names. */
export const answers = {
  HTML: (exchange) =>
    exchange.reply(200, "<!doctype html><title>sign in</title>", { "content-type": "text/html" }),
  "HTML with the type JSON": (exchange) =>
    exchange.reply(200, "<!doctype html><title>sign in</title>", json),
  "half of a JSON document": (exchange) => exchange.reply(200, '{"jsonrpc":"2.0","id":', json),
  "half of a JSON document, then a break": (exchange) => {
    const { response } = exchange;
    response.writeHead(200, { ...json, "content-length": 1000 }).write('{"jsonrpc":"2.0","id":');
    setTimeout(() => response.destroy(), 50);
    return true;
  },
  "an endless line": (exchange) => endless(exchange.response, json, '{"jsonrpc":"2.0","result":"'),
  "an endless line in a stream": (exchange) => endless(exchange.response, stream, "data: "),
  "an endless event": (exchange) => endless(exchange.response, stream, "data: x\n".repeat(1 << 16)),
  "endless white space": (exchange) => endless(exchange.response, json, " "),
  "bytes that are not UTF-8": (exchange) =>
    exchange.reply(
      200,
      Buffer.from('{"jsonrpc":"2.0","id":"call","result":{"text":"\xff\xfe"}}', "latin1"),
      json,
    ),
  "bytes that are not UTF-8, in a stream": (exchange) =>
    exchange.reply(
      200,
      Buffer.from('data: {"jsonrpc":"2.0","id":"call","result":{"text":"\xff\xfe"}}\n\n', "latin1"),
      stream,
    ),
  "control bytes": (exchange) =>
    exchange.reply(200, '{"jsonrpc":"2.0","id":"call","result":{"text":"\0\x01\x02"}}', json),
  "nothing, with 200": (exchange) => exchange.reply(200),
  "nothing, with 200, as JSON": (exchange) => exchange.reply(200, "", json),
  "a stream that ends immediately": (exchange) => exchange.reply(200, "", stream),
  "a stream that breaks": (exchange) => {
    const { response } = exchange;
    response.writeHead(200, stream).write('data: {"jsonrpc":"2.0","id":"call","resu');
    setTimeout(() => response.destroy(), 50);
    return true;
  },
  "a response to another request": (exchange) =>
    exchange.json({ jsonrpc: "2.0", id: "not-this", result: {} }),
  "a response without an id": (exchange) =>
    exchange.json({ jsonrpc: "2.0", id: null, error: { code: -32700, message: "no" } }),
  "an empty array": (exchange) => exchange.json([]),
  "a number": (exchange) => exchange.json(1),
  500: (exchange) => exchange.reply(500, "it broke"),
  "502 in HTML": (exchange) =>
    exchange.reply(502, "<h1>bad gateway</h1>", { "content-type": "text/html" }),
  429: (exchange) => exchange.reply(429, "", { "retry-after": "3600" }),
  403: (exchange) => exchange.reply(403, "no"),
  "another media type": (exchange) =>
    exchange.reply(200, "hello", { "content-type": "application/octet-stream" }),
  "a redirect without a URL": (exchange) => exchange.reply(307),
  "an endless redirect": (exchange) => exchange.reply(307, "", { location: `${exchange.path}?` }),
  "a redirect to a file": (exchange) => exchange.reply(307, "", { location: "file:///etc/passwd" }),
  "something that is not HTTP": (exchange) => {
    exchange.response.socket.end("SSH-2.0-OpenSSH_9.2\r\n");
    return true;
  },
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
  "20000 headers": (exchange) => {
    exchange.response.socket.end(`HTTP/1.1 200 OK\r\n${"X-A: b\r\n".repeat(20000)}\r\n{}`);
    return true;
  },
};

/** Headers that arrive one byte at a time: only a timeout ends them. */
export const trickle = (exchange) => {
  const { socket } = exchange.response;
  slow(
    (byte) => !socket.destroyed && socket.write(byte) !== undefined,
    `HTTP/1.1 200 OK\r\nX: ${"y".repeat(600)}`,
  );
  return true;
};
