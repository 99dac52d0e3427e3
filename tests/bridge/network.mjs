// What is between bridge and server: redirects, proxies and certificates.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as ask, createServer } from "node:http";
import { connect, createServer as createTcp } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { makeCertificates } from "../lib/certificates.mjs";
import { textOf } from "./messages.mjs";

const name = "mcp.bench.test"; // no name server knows it: only a proxy can lead there

/** A redirect within the origin keeps method, body and headers. */
const redirected = (status) => async (trial) => {
  const server = await trial.serve({
    post: (exchange) =>
      exchange.path === "/mcp" && exchange.reply(status, "", { location: "/mcp/" }),
  });
  const client = trial.start(server.url, ["--header", "X-Bench: yes"]);
  await client.connect();
  const called = textOf(await client.call("echo", { text: "a" }));
  return { called, header: server.calls.at(-1).headers["x-bench"] };
};

/** A URL with characters beyond ASCII. */
async function beyondAscii(trial) {
  const server = await trial.serve({}, { path: "/m%C3%A9p/%F0%9F%8C%8D" });
  const client = trial.start(server.url.replace(server.path, "/mép/🌍"));
  await client.connect();
  const called = textOf(await client.call("echo", { text: "a" }));
  return { called, paths: [...new Set(server.ours().map(({ path }) => path))] };
}

/** A network that stops in the middle of a message: the connection stays open, and nobody reads. */
async function stalled(trial) {
  const server = await trial.serve();
  let stalls = false;
  const between = createTcp((socket) => {
    socket.on("error", () => {});
    if (stalls) return socket.pause();
    const onward = connect(server.port, "127.0.0.1");
    for (const [end, other] of [
      [socket, onward],
      [onward, socket],
    ])
      end.on("error", () => {}).on("close", () => other.destroy());
    return socket.pipe(onward).pipe(socket);
  });
  await once(between.listen(0, "127.0.0.1"), "listening");
  trial.owns({ stop: () => between.close() });
  const client = trial.start(`http://127.0.0.1:${between.address().port}/mcp`, [
    "--headers-timeout",
    "2",
  ]);
  await client.connect();
  await sleep(4500); // connections that are open are left by then
  stalls = true;
  const { error } = await client.call("echo", { text: "x".repeat(12 << 20) }, { seconds: 10 });
  return Boolean(error?.message);
}

/** A proxy that connects everything to one server, and records its requests. */
async function proxyTo(trial, port) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push({ what: request.url, user: request.headers["proxy-authorization"] });
    const { pathname, search } = new URL(request.url);
    const onward = {
      host: "127.0.0.1",
      port,
      method: request.method,
      path: pathname + search,
      headers: request.headers,
    };
    const pass = (answer) => answer.pipe(response.writeHead(answer.statusCode, answer.headers));
    request.pipe(ask(onward, pass).on("error", () => response.destroy()));
  });
  server.on("connect", (request, socket) => {
    asked.push({ what: request.url, user: request.headers["proxy-authorization"] });
    const onward = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 Connected\r\n\r\n"));
    socket.on("error", () => onward.destroy());
    onward.on("error", () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  trial.owns({
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { url: `http://user:pass@127.0.0.1:${server.address().port}`, asked };
}

const proxied = (scheme, ca) => async (trial) => {
  const server = await trial.serve({}, scheme === "https" ? { tls: ca.tls } : {});
  const proxy = await proxyTo(trial, server.port);
  const env = {
    [`${scheme.toUpperCase()}_PROXY`]: proxy.url,
    NO_PROXY: "other.test",
    NODE_EXTRA_CA_CERTS: ca.file,
  };
  const client = trial.start(`${scheme}://${name}/mcp`, ["--enable-proxy", "--allow-http"], env);
  await client.connect();
  const called = textOf(await client.call("echo", { text: "a" }));
  const users = new Set(
    proxy.asked.map(({ user }) => user && Buffer.from(user.split(" ")[1], "base64").toString()),
  );
  return {
    called,
    through: proxy.asked.every(({ what }) => what.includes(name)),
    users: [...users],
  };
};

async function notProxied(trial) {
  const server = await trial.serve();
  const proxy = await proxyTo(trial, server.port);
  const env = { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: "127.0.0.1,localhost" };
  const client = trial.start(server.url, ["--enable-proxy"], env);
  await client.connect();
  return { called: textOf(await client.call("echo", { text: "a" })), asked: proxy.asked.length };
}

/** A certificate for this machine and the name behind the proxy. */
function makeTls(directory) {
  const { authority, key, certificate } = makeCertificates(directory, name);
  return { file: authority, tls: { key: readFileSync(key), cert: readFileSync(certificate) } };
}

const secure = (env, ca, host) => async (trial) => {
  const server = await trial.serve({}, { tls: ca.tls, host });
  const client = trial.start(server.url, [], env);
  const connected = await client.connect().then(
    () => true,
    () => false,
  );
  return connected
    ? textOf(await client.call("echo", { text: "a" }))
    : { called: server.calls.length, printed: /certificate/i.test(client.stderr) };
};

/** The checks; their certificates are made in a directory. */
export function network(directory) {
  const ca = makeTls(directory);
  const one = (value) => ({ called: "a", ...value });
  return [
    ...[307, 308].map((status) => [
      `a redirect within the origin (${status})`,
      one({ header: "yes" }),
      redirected(status),
    ]),
    ["a network that stops in the middle of a message", true, stalled],
    ["a URL with characters beyond ASCII", one({ paths: ["/m%C3%A9p/%F0%9F%8C%8D"] }), beyondAscii],
    [
      "a proxy from HTTPS_PROXY",
      one({ through: true, users: ["user:pass"] }),
      proxied("https", ca),
    ],
    ["a proxy from HTTP_PROXY", one({ through: true, users: ["user:pass"] }), proxied("http", ca)],
    ["no proxy because of NO_PROXY", one({ asked: 0 }), notProxied],
    ["an authority from NODE_EXTRA_CA_CERTS", "a", secure({ NODE_EXTRA_CA_CERTS: ca.file }, ca)],
    ["an authority from SSL_CERT_FILE", "a", secure({ SSL_CERT_FILE: ca.file }, ca)],
    ["an unknown authority", { called: 0, printed: true }, secure({}, ca)],
    [
      "a certificate for another name",
      { called: 0, printed: true },
      secure({ NODE_EXTRA_CA_CERTS: ca.file }, ca, "127.0.0.2"),
    ],
  ];
}
