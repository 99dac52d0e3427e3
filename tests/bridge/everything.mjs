// Part 1: the server that has everything, over each of its transports. What the client gets through a bridge is what
// it gets from the same server over stdio.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { endGroup } from "../login/process.mjs";
import { Client } from "./driver.mjs";
import { ask, topics } from "./list.mjs";
import { everything as program } from "./packages.mjs";

// What the server is told of its surroundings, which a tool of it repeats.
const env = { PATH: process.env.PATH, HOME: "/", NODE_NO_WARNINGS: "1" };

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return String(port);
}

async function start(mode, path) {
  const port = await freePort();
  const options = {
    env: { ...env, PORT: port },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  };
  const child = spawn(process.execPath, [program(), mode], options);
  let said = "";
  await new Promise((done, fail) => {
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
      if (/on port/.test(said)) done();
    });
    child.on("exit", () => fail(new Error(`the server does not start: ${said}`)));
  });
  return { url: `http://127.0.0.1:${port}${path}`, stop: () => endGroup(child) };
}

/** The settings: how the server is started, where it is, and what the bridge is told. */
const settings = [
  ["http", "streamableHttp", "/mcp", []],
  ["sse", "sse", "/sse", ["--transport", "sse-only"]],
  ["sse by falling back", "sse", "/sse", []],
];

async function over(client) {
  client.hello = await client.connect();
  // By this the stream for what the server says by itself is there; before, what it says would be lost.
  await client
    .until(() => client.heard.some(({ method }) => method === "roots/list"), 2)
    .catch(() => {});
  return ask(client, topics);
}

async function withoutBridge() {
  const client = new Client(process.execPath, [program(), "stdio"], { ...env, PORT: "0" });
  try {
    return await over(client);
  } finally {
    await client.stop();
  }
}

export async function everything(bench) {
  const direct = withoutBridge();
  const sheets = settings.map(([name, mode, path, args]) => {
    const serve = () => start(mode, path);
    return bench.sheet("everything", name, { direct, serve }, (trial, { url }) =>
      over(trial.start(url, args)),
    );
  });
  await Promise.all(sheets);
}
