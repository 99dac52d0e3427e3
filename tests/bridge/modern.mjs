// A server of 2026-07-28, found by `--protocol auto`: what the conformance suite does not check.
import { canary, textOf } from "./messages.mjs";

const found = {
  resultType: "complete",
  supportedVersions: ["2026-07-28"],
  capabilities: { tools: { listChanged: true } },
  serverInfo: { name: "scripted", version: "1.0.0" },
  ttlMs: 0,
  cacheScope: "private",
};

/** A client of such a server; a script responds to its calls. */
async function connected(trial, args, answer, listen = () => true) {
  const server = await trial.serve({
    get: (exchange) => exchange.reply(405),
    post: (exchange) => {
      if (exchange.method === "server/discover") return exchange.result(found);
      if (exchange.method === "subscriptions/listen") return listen(exchange);
      return exchange.method === "tools/call" && answer(exchange);
    },
  });
  const client = trial.start(server.url, ["--protocol", "auto", ...args]);
  await client.connect();
  return { server, client };
}

const answers = (said) => ({ resultType: "complete", content: [{ type: "text", text: said }] });

/** A response in a list, as in earlier revisions. */
async function inAList(trial) {
  const { client } = await connected(trial, [], (exchange) =>
    exchange.json([{ jsonrpc: "2.0", id: exchange.message.id, result: answers("listed") }]),
  );
  return textOf(await client.call("echo"));
}

/** Half a surrogate pair, in both directions. */
async function halves(trial) {
  const { client } = await connected(trial, [], (exchange) =>
    exchange.result(answers(`${exchange.args.text} \ud83d`)),
  );
  const said = textOf(await client.call("echo", { text: "a \ud83d" }));
  return said.replaceAll(/[\ud800-\udfff\ufffd]/g, "?");
}

/** An error of the stream of changes that quotes a credential. */
async function quoted(trial) {
  const secret = `Bearer sk-${canary}-${"0123456789".repeat(6)}`;
  const error = { code: -32603, message: `${"x".repeat(160)} ${secret}` };
  let refused = 0;
  const refuse = (exchange) => {
    refused += 1;
    return exchange.json({ jsonrpc: "2.0", id: exchange.message.id, error });
  };
  const plain = (exchange) => exchange.result(answers("a"));
  const { client, server } = await connected(
    trial,
    ["--header", `Authorization: ${secret}`],
    plain,
    refuse,
  );
  await server.until(() => refused > 0);
  await client.call("echo");
  return { printed: client.stderr.includes("sk-") };
}

export const modern = [
  ["2026-07-28: a response in an array", "listed", inAList],
  ["2026-07-28: half a surrogate pair", "a ? ?", halves],
  ["2026-07-28: an error that quotes a credential", { printed: false }, quoted],
];
