// A stand-in for a language model. It calls the tool `ping` of the server again and again, and lets the
// bench do something before each call.
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { dialectOf, toolsOf } from "../effect/dialects.mjs";
import { LoopbackServer } from "../lib/loopback-server.mjs";

// Some clients ask the model while their servers still start, and offer the tools of a server only in a later request.
// So the model calls a tool that does no harm.
const fillers = [
  [/^(tool_?search|search_tool)$/i, { query: "ping" }],
  [/^list_mcp_resources$/, {}],
  [/^Bash$/, { command: "true" }],
];

export class PacedModel extends LoopbackServer {
  #calls = 0;
  #waits = 6;

  /** How many results of the tool the client has sent. */
  results = 0;

  /** `before`: one function for each call, which runs before the call. */
  constructor(before) {
    super((request, response) => this.#answer(request, response));
    this.before = before;
  }

  async #answer(request, response) {
    const body = await text(request);
    const { pathname } = new URL(request.url, this.origin);
    const dialect = dialectOf(request, pathname);
    if (!dialect) return response.writeHead(404).end();
    const asked = body ? JSON.parse(body) : {};
    const tools = toolsOf(asked);
    this.results = Math.max(this.results, body.match(/[^\w ]pong[^\w ]/g)?.length ?? 0);
    const tool = tools.find(({ name }) => name.includes("ping"));
    const filler = this.#filler(tools);
    if (!tool && filler && this.#calls === 0 && this.#waits > 0) {
      this.#waits -= 1;
      await sleep(2000);
      return dialect(response, asked, filler, pathname);
    }
    if (!tool || this.#calls === this.before.length)
      return dialect(response, asked, undefined, pathname);
    const call = this.#calls;
    this.#calls += 1;
    await this.before[call]();
    return dialect(response, asked, { ...tool, id: `call_${call}`, args: "{}" }, pathname);
  }

  #filler(tools) {
    for (const [pattern, args] of fillers) {
      const tool = tools.find(({ name }) => pattern.test(name));
      if (tool) return { ...tool, id: `wait_${this.#waits}`, args: JSON.stringify(args) };
    }
    return undefined;
  }
}
