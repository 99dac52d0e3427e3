// Part 2: a real server of another make, in each of its modes.
import { join } from "node:path";
import { fastmcpPython, lib } from "../lib/pinned.mjs";
import { startServer } from "../lib/servers.mjs";
import { ask } from "./everything-steps.mjs";
import { RecordingClient } from "./recording-client.mjs";

const program = join(lib, "../bridge/fastmcp_server.py");
const call = (name, args) => (client) => client.call(name, args);

const plain = {
  handshake: (client) => client.hello,
  tools: (client) => client.request("tools/list", {}),
  templates: (client) => client.request("resources/templates/list", {}),
  resource: (client) => client.request("resources/read", { uri: "bench://text/a%20b" }),
  prompt: (client) => client.request("prompts/get", { name: "greet", arguments: { name: "you" } }),
  structured: call("add", { a: 1, b: 2 }),
  "wrong arguments": call("add", { a: "one", b: 2 }),
  fail: call("fail"),
  sleep: call("sleep", { seconds: 0.5 }),
  "a response of 8 MiB": async (client) => {
    const { result } = await client.call("big", { mebibytes: 8 });
    const { text } = result.content[0];
    return { length: text.length, same: /^é*$/.test(text) };
  },
  "a call of 3 MiB": call("length", { text: "é".repeat(3 << 19) }),
  "forty calls at once": (client) =>
    Promise.all(Array.from({ length: 40 }, (_, at) => client.call("add", { a: at, b: 1 }))),
};

const streamed = {
  progress: async (client) => {
    const params = { name: "report", arguments: { steps: 20 }, _meta: { progressToken: "steps" } };
    const answer = await client.request("tools/call", params);
    const told = client.notifications("notifications/progress").map(({ params }) => params);
    return { answer, progress: told.filter(({ progressToken }) => progressToken === "steps") };
  },
  log: async (client) => {
    await client.request("logging/setLevel", { level: "info" });
    return {
      answer: await client.call("log"),
      told: client.notifications("notifications/message").map(({ params }) => params),
    };
  },
  sampling: call("sample"),
  elicitation: call("elicit"),
  cancellation: async (client) => {
    client.send({
      id: "to-cancel",
      method: "tools/call",
      params: { name: "sleep", arguments: { seconds: 3 } },
    });
    await new Promise((done) => setTimeout(done, 1000));
    client.notify("notifications/cancelled", { requestId: "to-cancel" });
    await new Promise((done) => setTimeout(done, 2500));
    return {
      result: client.messages.some(({ id, result }) => id === "to-cancel" && result),
      ping: await client.request("ping"),
    };
  },
};
const resumed = { "a response whose stream ends before it": call("dropped") };

/** The settings: name, options of the server, options of the bridge, and what is requested. */
const settings = [
  ["with sessions, streams", ["/mcp"], [], { plain, streamed, resumed }],
  ["with sessions, JSON", ["/mcp", "--json"], [], { plain }],
  ["without sessions, streams", ["/mcp", "--stateless"], [], { plain }],
  ["without sessions, JSON", ["/mcp", "--stateless", "--json"], [], { plain }],
  ["sse", ["/sse", "--sse"], ["--transport", "sse-only"], { plain, streamed }],
];

async function useServer(client, topics) {
  client.hello = await client.connect("2025-06-18");
  return ask(client, topics);
}

async function withoutBridge() {
  const client = new RecordingClient(fastmcpPython, [program, "stdio"], {
    PATH: process.env.PATH,
    HOME: "/",
  });
  try {
    return await useServer(client, { plain, streamed, resumed });
  } finally {
    await client.stop();
  }
}

export async function fastmcp(bench) {
  const all = withoutBridge();
  const sheets = settings.map(([name, options, args, topics]) => {
    const direct = all.then((gave) =>
      Object.fromEntries(Object.keys(topics).map((topic) => [topic, gave[topic]])),
    );
    const serve = () => startServer(fastmcpPython, [program, ...options]);
    return bench.sheet("fastmcp", name, { direct, serve }, (trial, { url }) =>
      useServer(trial.start(url, args), topics),
    );
  });
  await Promise.all(sheets);
}
