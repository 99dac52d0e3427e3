// What lies between bridge and server: headers, cookies, redirects, proxies, certificates, and how long to wait.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endGroup } from "../login/process.mjs";

const text = (answer) => answer.result?.content[0].text ?? "refused";
const canary = "canary-of-the-bench";
const name = "mcp.bench.test"; // no name server knows it: only a proxy can lead there

async function headers(trial) {
  const file = join(trial.home, "headers");
  writeFileSync(file, "# a comment\nX-File: from a file\nX-Both: file\n", { mode: 0o600 });
  const server = await trial.serve();
  const args = ["--header-file", file, "--header", "X-Line:${BENCH}", "--header", "X-Both: line", "--header", "X-None:${NONE}"];
  const client = trial.start(server.url, args, { BENCH: "of the environment" });
  await client.connect();
  await client.call("echo");
  await server.until(() => server.streams.length > 0);
  const values = (name) => [...new Set(server.ours().map(({ headers }) => headers[name]))];
  return Object.fromEntries(["x-file", "x-line", "x-both", "x-none"].map((name) => [name, values(name)]));
}

async function cookies(trial, ...args) {
  const set = [
    "AWSALB=one; Path=/; Expires=Wed, 01 Jan 2098 00:00:00 GMT",
    "here=yes; HttpOnly; SameSite=None",
    "elsewhere=no; Path=/other",
    "old=no; Max-Age=0",
  ];
  const server = await trial.serve({
    post: (exchange) => {
      if (exchange.method === "initialize") exchange.response.setHeader("set-cookie", set);
      if (exchange.method === "tools/call" && exchange.args.text === "a")
        exchange.response.setHeader("set-cookie", ["AWSALB=two; Path=/", "here=; Max-Age=0"]);
    },
  });
  const client = trial.start(server.url, args);
  await client.connect();
  await server.until(() => server.streams.length > 0);
  for (const text of ["a", "b"]) await client.call("echo", { text });
  const [first, second] = server.calls.map(({ headers }) => headers.cookie?.split("; ").sort().join("; ") ?? "none");
  return { first, stream: server.streams[0].exchange.headers.cookie ? "some" : "none", second };
}

async function ignored(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url, ["--ignore-tool", "ot*", "--ignore-tool", "none"]);
  await client.connect();
  const { tools } = (await client.ask("tools/list", {})).result;
  const { error } = await client.call("other");
  const called = text(await client.call("echo", { text: "a" }));
  return { tools: tools.map(({ name }) => name), code: error?.code, called, reached: server.calls.length };
}

async function pings(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url, ["--keep-alive", "--ping-interval", "0.4"]);
  await client.connect();
  await server.until(() => server.ours("ping").length > 2);
  const called = text(await client.call("echo", { text: "a" }));
  return { called, heard: client.heard.length };
}

/** A redirect within the origin keeps method, body and headers. */
const redirected = (status) => async (trial) => {
  const server = await trial.serve({
    post: (exchange) => exchange.path === "/mcp" && exchange.reply(status, "", { location: "/mcp/" }),
  });
  const client = trial.start(server.url, ["--header", "X-Bench: yes"]);
  await client.connect();
  const called = text(await client.call("echo", { text: "a" }));
  return { called, header: server.calls.at(-1).headers["x-bench"] };
};

/** A server that answers the second call late: with nothing, or with half an answer. */
const late = (args, how) => async (trial) => {
  const server = await trial.serve({
    post: (exchange) => {
      if (exchange.method !== "tools/call" || exchange.args.text) return false;
      if (how === "stream") exchange.events();
      if (how === "json") exchange.response.writeHead(200, { "content-type": "application/json" }).write('{"jsonrpc":');
      return true;
    },
  });
  const client = trial.start(server.url, args);
  await client.connect();
  const started = performance.now();
  const { error } = await client.call("late", {}, { seconds: 6 });
  const seconds = (performance.now() - started) / 1000;
  return { refused: Boolean(error), inTime: seconds > 0.9 && seconds < 4, after: text(await client.call("echo", { text: "a" })) };
};

/** A port whose connections are never made: nobody takes them up, and its queue is full. */
async function unreachable(trial) {
  const listening = `import os, signal, socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(0)
print(s.getsockname()[1], flush=True)
os.kill(os.getpid(), signal.SIGSTOP)`;
  const child = spawn("python3", ["-c", listening], { stdio: ["ignore", "pipe", "ignore"], detached: true });
  const [port] = await once(child.stdout.setEncoding("utf8"), "data");
  const fillers = Array.from({ length: 4 }, () => connect(Number(port), "127.0.0.1").on("error", () => {}));
  trial.owns({ stop: () => (fillers.forEach((filler) => filler.destroy()), endGroup(child)) });
  await sleep(200);
  const client = trial.start(`http://127.0.0.1:${port.trim()}/mcp`, ["--connect-timeout", "1"]);
  const started = performance.now();
  const refused = await client.connect(undefined, { seconds: 10 }).catch((error) => error.message.startsWith("initialize:"));
  return { refused, inTime: performance.now() - started < 8000 };
}

/** A proxy that leads everything to one server, and remembers what it was asked for. */
async function proxyTo(trial, port) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push({ what: request.url, user: request.headers["proxy-authorization"] });
    const { pathname, search } = new URL(request.url);
    const onward = { host: "127.0.0.1", port, method: request.method, path: pathname + search, headers: request.headers };
    import("node:http").then(({ request: ask }) =>
      request.pipe(
        ask(onward, (answer) => answer.pipe(response.writeHead(answer.statusCode, answer.headers))).on("error", () => response.destroy()),
      ),
    );
  });
  server.on("connect", (request, socket) => {
    asked.push({ what: request.url, user: request.headers["proxy-authorization"] });
    const onward = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 Connected\r\n\r\n"));
    for (const end of [socket, onward]) end.on("error", () => (socket.destroy(), onward.destroy()));
    socket.pipe(onward).pipe(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  trial.owns({ stop: () => (server.closeAllConnections(), server.close()) });
  return { url: `http://user:pass@127.0.0.1:${server.address().port}`, asked };
}

const proxied = (scheme, ca) => async (trial) => {
  const server = await trial.serve({}, scheme === "https" ? { tls: ca.tls } : {});
  const proxy = await proxyTo(trial, server.port);
  const env = { [`${scheme.toUpperCase()}_PROXY`]: proxy.url, NO_PROXY: "other.test", NODE_EXTRA_CA_CERTS: ca.file };
  const client = trial.start(`${scheme}://${name}/mcp`, ["--enable-proxy", "--allow-http"], env);
  await client.connect();
  const called = text(await client.call("echo", { text: "a" }));
  const users = new Set(proxy.asked.map(({ user }) => user && Buffer.from(user.split(" ")[1], "base64").toString()));
  return { called, through: proxy.asked.every(({ what }) => what.includes(name)), users: [...users] };
};

async function notProxied(trial) {
  const server = await trial.serve();
  const proxy = await proxyTo(trial, server.port);
  const env = { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: "127.0.0.1,localhost" };
  const client = trial.start(server.url, ["--enable-proxy"], env);
  await client.connect();
  return { called: text(await client.call("echo", { text: "a" })), asked: proxy.asked.length };
}

/** An authority of its own and a certificate by it, for this machine and the name behind the proxy. */
function authority(folder) {
  mkdirSync(folder, { recursive: true });
  const at = (file) => join(folder, file);
  const openssl = (...args) => execFileSync("openssl", args, { stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2", "-subj", "/CN=bench authority");
  openssl("req", ...key, "-keyout", at("key.pem"), "-out", at("request.pem"), "-subj", "/CN=bench");
  writeFileSync(at("names"), `subjectAltName=DNS:localhost,DNS:${name},IP:127.0.0.1\n`);
  const by = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("names"), "-days", "2"];
  openssl("x509", "-req", "-in", at("request.pem"), ...by, "-out", at("cert.pem"));
  return { file: at("ca.pem"), tls: { key: readFileSync(at("key.pem")), cert: readFileSync(at("cert.pem")) } };
}

const secure = (env, ca, host) => async (trial) => {
  const server = await trial.serve({}, { tls: ca.tls, host });
  const client = trial.start(server.url, [], env);
  const connected = await client.connect().then(() => true, () => false);
  return connected ? text(await client.call("echo", { text: "a" })) : { called: server.calls.length, says: /certificate/i.test(client.stderr) };
};

/** What is said and written down with --debug has no secret in it. */
async function closeMouthed(trial) {
  const server = await trial.serve();
  const header = ["--header", "Authorization: Bearer ${CANARY}"];
  const client = trial.start(server.url, ["--debug", ...header], { CANARY: canary });
  await client.connect();
  const called = text(await client.call("echo", { text: "a" }));
  const cache = join(trial.home, "cache");
  const files = existsSync(cache) ? readdirSync(cache, { recursive: true, withFileTypes: true }) : [];
  const texts = files.filter((file) => file.isFile()).map((file) => readFileSync(join(file.parentPath, file.name), "utf8"));
  return { called, arrived: server.calls[0].headers.authorization === `Bearer ${canary}`, said: [client.stderr, ...texts].some((text) => text.includes(canary)) };
}

async function silent(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url, ["--silent"]);
  await client.connect();
  await client.call("echo");
  return client.stderr;
}

export function network(bench) {
  const check = (name, wanted, scenario) => bench.check("transport", name, wanted, scenario);
  const ca = authority(bench.folder("authority"));
  const one = (value) => ({ called: "a", ...value });
  return [
    check("headers by argument, file and variable, on every request", {
      "x-file": ["from a file"], "x-line": ["of the environment"], "x-both": ["line"], "x-none": ["${NONE}"],
    }, headers),
    check("cookies are sent back, to where they belong", {
      first: "AWSALB=one; here=yes", stream: "some", second: "AWSALB=two",
    }, (trial) => cookies(trial)),
    check("cookies of one's own win", { first: "mine=1", stream: "some", second: "mine=1" },
      (trial) => cookies(trial, "--header", "Cookie: mine=1")),
    check("cookies are forgotten with --disable-cookies", { first: "none", stream: "none", second: "none" },
      (trial) => cookies(trial, "--disable-cookies")),
    check("--ignore-tool", { tools: ["echo"], code: -32603, called: "a", reached: 1 }, ignored),
    check("--keep-alive and --ping-interval", { called: "a", heard: 2 }, pings),
    check("--silent", "", silent),
    check("--debug says no secret", one({ arrived: true, said: false }), closeMouthed),
    ...[307, 308].map((status) => check(`a redirect within the origin (${status})`, one({ header: "yes" }), redirected(status))),
    check("--headers-timeout", { refused: true, inTime: true, after: "a" }, late(["--headers-timeout", "1"], "nothing")),
    check("--body-timeout, JSON", { refused: true, inTime: true, after: "a" }, late(["--body-timeout", "1"], "json")),
    check("--body-timeout, a stream", { refused: true, inTime: true, after: "a" }, late(["--body-timeout", "1"], "stream")),
    check("--connect-timeout", { refused: true, inTime: true }, unreachable),
    check("a proxy by HTTPS_PROXY", one({ through: true, users: ["user:pass"] }), proxied("https", ca)),
    check("a proxy by HTTP_PROXY", one({ through: true, users: ["user:pass"] }), proxied("http", ca)),
    check("no proxy by NO_PROXY", one({ asked: 0 }), notProxied),
    check("an authority by NODE_EXTRA_CA_CERTS", "a", secure({ NODE_EXTRA_CA_CERTS: ca.file }, ca)),
    check("an authority by SSL_CERT_FILE", "a", secure({ SSL_CERT_FILE: ca.file }, ca)),
    check("an authority that nobody knows", { called: 0, says: true }, secure({}, ca)),
    check("a certificate for another name", { called: 0, says: true },
      secure({ NODE_EXTRA_CA_CERTS: ca.file }, ca, "127.0.0.2")),
  ];
}
