// Part 2: a real server of another make, in each way that it can be set to answer.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { endGroup } from "../login/process.mjs";
import { Client } from "./driver.mjs";
import { ask } from "./list.mjs";
import { here, python3 } from "./packages.mjs";

const program = join(here, "fast.py");
const call = (name, args) => (client) => client.call(name, args);

const plain = {
  handshake: (client) => client.hello,
  tools: (client) => client.ask("tools/list", {}),
  templates: (client) => client.ask("resources/templates/list", {}),
  resource: (client) => client.ask("resources/read", { uri: "bench://text/a%20b" }),
  prompt: (client) => client.ask("prompts/get", { name: "greet", arguments: { name: "you" } }),
  structured: call("add", { a: 1, b: 2 }),
  "arguments that are wrong": call("add", { a: "one", b: 2 }),
  fail: call("fail"),
  sleep: call("sleep", { seconds: 0.5 }),
  "an answer of 8 MiB": async (client) => {
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
    const answer = await client.ask("tools/call", params);
    const told = client.told("notifications/progress").map(({ params }) => params);
    return { answer, progress: told.filter(({ progressToken }) => progressToken === "steps") };
  },
  log: async (client) => {
    await client.ask("logging/setLevel", { level: "info" });
    return {
      answer: await client.call("log"),
      told: client.told("notifications/message").map(({ params }) => params),
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
    client.tell("notifications/cancelled", { requestId: "to-cancel" });
    await new Promise((done) => setTimeout(done, 2500));
    return {
      result: client.heard.some(({ id, result }) => id === "to-cancel" && result),
      ping: await client.ask("ping"),
    };
  },
};
const resumed = { "an answer whose stream is ended before it": call("dropped") };

/** The settings: options of the server and of the bridge, and what is asked. */
const settings = [
  ["with sessions, streams", ["/mcp"], [], { plain, streamed, resumed }],
  ["with sessions, JSON", ["/mcp", "--json"], [], { plain }],
  ["without sessions, streams", ["/mcp", "--stateless"], [], { plain }],
  ["without sessions, JSON", ["/mcp", "--stateless", "--json"], [], { plain }],
  ["sse", ["/sse", "--sse"], ["--transport", "sse-only"], { plain, streamed }],
];

async function start(args) {
  const child = spawn(python3, [program, ...args], {
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  const url = await new Promise((done, fail) => {
    child.stdout.setEncoding("utf8").once("data", done);
    child.on("exit", () => fail(new Error("the server does not start")));
  });
  return { url: url.trim(), stop: () => endGroup(child) };
}

async function over(client, topics) {
  client.hello = await client.connect("2025-06-18");
  return ask(client, topics);
}

async function withoutBridge() {
  const client = new Client(python3, [program, "stdio"], { PATH: process.env.PATH, HOME: "/" });
  try {
    return await over(client, { plain, streamed, resumed });
  } finally {
    await client.stop();
  }
}

export async function fast(bench) {
  const all = withoutBridge();
  const sheets = settings.map(([name, options, args, topics]) => {
    const direct = all.then((gave) =>
      Object.fromEntries(Object.keys(topics).map((topic) => [topic, gave[topic]])),
    );
    const serve = () => start(options);
    return bench.sheet("fast", name, { direct, serve }, (trial, { url }) =>
      over(trial.start(url, args), topics),
    );
  });
  await Promise.all(sheets);
}
