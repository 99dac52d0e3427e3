// The options of mcp-remote: headers, cookies, tools, pings, output and timeouts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { killGroup } from "../lib/process.mjs";
import { canary, textOf } from "./messages.mjs";

async function headers(trial) {
  const file = join(trial.home, "headers");
  writeFileSync(file, "# a comment\nX-File: from a file\nX-Both: file\n", { mode: 0o600 });
  const server = await trial.serve();
  const args = [
    "--header-file",
    file,
    "--header",
    "X-Line:${BENCH}",
    "--header",
    "X-Both: line",
    "--header",
    "X-None:${NONE}",
  ];
  const client = trial.start(server.url, args, { BENCH: "of the environment" });
  await client.connect();
  await client.call("echo");
  await server.until(() => server.streams.length > 0);
  const values = (name) => [...new Set(server.ours().map(({ headers }) => headers[name]))];
  return Object.fromEntries(
    ["x-file", "x-line", "x-both", "x-none"].map((name) => [name, values(name)]),
  );
}

/** The header `Accept` of somebody who knows REST. */
async function accepted(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url, ["--header", "Accept: text/plain"]);
  await client.connect();
  await client.call("echo");
  const { accept } = server.calls[0].headers;
  return ["application/json", "text/event-stream", "text/plain"].filter(
    (media) => !accept.includes(media),
  );
}

/** An error that quotes a credential exactly where the message is truncated. */
async function cutCredential(trial) {
  const secret = `Bearer sk-${canary}-${"0123456789".repeat(6)}`;
  const error = { code: 1, message: `${"x".repeat(265)} ${secret}` };
  const server = await trial.serve({
    post: (exchange) =>
      exchange.method === "tools/call" &&
      exchange.reply(403, JSON.stringify({ jsonrpc: "2.0", id: null, error }), {
        "content-type": "application/json",
      }),
  });
  const client = trial.start(server.url, ["--header", `Authorization: ${secret}`]);
  await client.connect();
  const answer = await client.call("echo");
  return {
    refused: Boolean(answer.error),
    printed: (client.stderr + JSON.stringify(answer)).includes("sk-"),
  };
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
  const [first, second] = server.calls.map(
    ({ headers }) => headers.cookie?.split("; ").sort().join("; ") ?? "none",
  );
  return { first, stream: server.streams[0].exchange.headers.cookie ? "some" : "none", second };
}

async function ignored(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url, ["--ignore-tool", "ot*", "--ignore-tool", "none"]);
  await client.connect();
  const { tools } = (await client.request("tools/list", {})).result;
  const { error } = await client.call("other");
  const called = textOf(await client.call("echo", { text: "a" }));
  return {
    tools: tools.map(({ name }) => name),
    code: error?.code,
    called,
    reached: server.calls.length,
  };
}

async function pings(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url, ["--keep-alive", "--ping-interval", "0.4"]);
  await client.connect();
  await server.until(() => server.ours("ping").length > 2);
  const called = textOf(await client.call("echo", { text: "a" }));
  return { called, heard: client.messages.length };
}

/** A server that never completes its response to a call: it sends nothing, or half of it. */
const late = (args, how) => async (trial) => {
  const server = await trial.serve({
    post: (exchange) => {
      if (exchange.method !== "tools/call" || exchange.args.text) return false;
      if (how === "stream") exchange.events();
      if (how === "json")
        exchange.response
          .writeHead(200, { "content-type": "application/json" })
          .write('{"jsonrpc":');
      return true;
    },
  });
  const client = trial.start(server.url, args);
  await client.connect();
  const started = performance.now();
  const { error } = await client.call("late", {}, { seconds: 6 });
  const seconds = (performance.now() - started) / 1000;
  return {
    refused: Boolean(error),
    inTime: seconds > 0.9 && seconds < 4,
    after: textOf(await client.call("echo", { text: "a" })),
  };
};

/** A port that never accepts a connection, because its queue is full. */
async function unreachable(trial) {
  const listening = `import os, signal, socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(0)
print(s.getsockname()[1], flush=True)
os.kill(os.getpid(), signal.SIGSTOP)`;
  const child = spawn("python3", ["-c", listening], {
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  const [port] = await once(child.stdout.setEncoding("utf8"), "data");
  const fillers = Array.from({ length: 4 }, () =>
    connect(Number(port), "127.0.0.1").on("error", () => {}),
  );
  trial.owns({
    stop: () => {
      for (const filler of fillers) filler.destroy();
      killGroup(child);
    },
  });
  await sleep(200);
  const client = trial.start(`http://127.0.0.1:${port.trim()}/mcp`, ["--connect-timeout", "1"]);
  const started = performance.now();
  const refused = await client
    .connect(undefined, { seconds: 10 })
    .catch((error) => error.message.startsWith("initialize:"));
  return { refused, inTime: performance.now() - started < 8000 };
}

/** The output and the files of --debug contain no secret. */
async function debugOutput(trial) {
  const server = await trial.serve();
  const header = ["--header", "Authorization: Bearer ${CANARY}"];
  const client = trial.start(server.url, ["--debug", ...header], { CANARY: canary });
  await client.connect();
  const called = textOf(await client.call("echo", { text: "a" }));
  const cache = join(trial.home, "cache");
  const files = existsSync(cache)
    ? readdirSync(cache, { recursive: true, withFileTypes: true })
    : [];
  const contents = files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), "utf8"));
  return {
    called,
    arrived: server.calls[0].headers.authorization === `Bearer ${canary}`,
    printed: [client.stderr, ...contents].some((text) => text.includes(canary)),
  };
}

async function plainHttp(trial) {
  const client = trial.start("http://mcp.bench.test/mcp");
  const { code } = await client.end(6);
  return { failed: code > 0, printed: client.stderr.includes("--allow-http") };
}

async function silent(trial) {
  const server = await trial.serve();
  const client = trial.start(server.url, ["--silent"]);
  await client.connect();
  await client.call("echo");
  return client.stderr;
}

export const options = [
  ["--header Accept", [], accepted],
  ["an error that quotes part of a credential", { refused: true, printed: false }, cutCredential],
  [
    "headers from arguments, file and variables, on every request",
    {
      "x-file": ["from a file"],
      "x-line": ["of the environment"],
      "x-both": ["line"],
      "x-none": ["${NONE}"],
    },
    headers,
  ],
  [
    "cookies are sent back to the right paths",
    {
      first: "AWSALB=one; here=yes",
      stream: "some",
      second: "AWSALB=two",
    },
    (trial) => cookies(trial),
  ],
  [
    "a configured cookie takes precedence",
    { first: "mine=1", stream: "some", second: "mine=1" },
    (trial) => cookies(trial, "--header", "Cookie: mine=1"),
  ],
  [
    "no cookies with --disable-cookies",
    { first: "none", stream: "none", second: "none" },
    (trial) => cookies(trial, "--disable-cookies"),
  ],
  ["--ignore-tool", { tools: ["echo"], code: -32603, called: "a", reached: 1 }, ignored],
  ["--keep-alive and --ping-interval", { called: "a", heard: 2 }, pings],
  ["--silent", "", silent],
  ["--debug prints no secret", { called: "a", arrived: true, printed: false }, debugOutput],
  [
    "plain HTTP to another machine without --allow-http",
    { failed: true, printed: true },
    plainHttp,
  ],
  [
    "--headers-timeout",
    { refused: true, inTime: true, after: "a" },
    late(["--headers-timeout", "1"], "nothing"),
  ],
  [
    "--body-timeout, JSON",
    { refused: true, inTime: true, after: "a" },
    late(["--body-timeout", "1"], "json"),
  ],
  [
    "--body-timeout, a stream",
    { refused: true, inTime: true, after: "a" },
    late(["--body-timeout", "1"], "stream"),
  ],
  ["--connect-timeout", { refused: true, inTime: true }, unreachable],
];
