// Part 1: the server that uses every feature of MCP, over each of its transports. Through a bridge,
// the client must get what it gets from the same server over stdio.
import { spawn } from "node:child_process";
import { everythingScript } from "../lib/pinned.mjs";
import { freePort } from "../lib/ports.mjs";
import { killGroup } from "../lib/process.mjs";
import { ask, topics } from "./everything-steps.mjs";
import { RecordingClient } from "./recording-client.mjs";

// The server's environment, which one of its tools returns.
const env = { PATH: process.env.PATH, HOME: "/", NODE_NO_WARNINGS: "1" };

async function start(mode, path) {
  const port = String(await freePort());
  const child = spawn(process.execPath, [everythingScript(), mode], {
    env: { ...env, PORT: port },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let stderr = "";
  await new Promise((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
      if (/on port/.test(stderr)) resolve();
    });
    child.on("exit", () => reject(new Error(`the server exited: ${stderr}`)));
  });
  return { url: `http://127.0.0.1:${port}${path}`, stop: () => killGroup(child) };
}

/** The settings: name, mode and path of the server, options of the bridge. */
const settings = [
  ["http", "streamableHttp", "/mcp", []],
  ["sse", "sse", "/sse", ["--transport", "sse-only"]],
  ["sse by falling back", "sse", "/sse", []],
];

async function useServer(client) {
  client.hello = await client.connect();
  // The server sends this on its own stream; messages that it sends before that stream is open are
  // lost.
  await client
    .until(() => client.messages.some(({ method }) => method === "roots/list"), 2)
    .catch(() => {});
  return ask(client, topics);
}

async function withoutBridge() {
  const client = new RecordingClient(process.execPath, [everythingScript(), "stdio"], {
    ...env,
    PORT: "0",
  });
  try {
    return await useServer(client);
  } finally {
    await client.stop();
  }
}

export async function everything(bench) {
  const direct = withoutBridge();
  const sheets = settings.map(([name, mode, path, args]) => {
    const serve = () => start(mode, path);
    return bench.sheet("everything", name, { direct, serve }, (trial, { url }) =>
      useServer(trial.start(url, args)),
    );
  });
  await Promise.all(sheets);
}
