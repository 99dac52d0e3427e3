// A stand-in for a language model. It calls the tool `ping` of the server again and again, and lets the
// bench do something before each call.
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { dialectOf, toolsOf } from "../effect/dialects.mjs";
import { LoopbackServer } from "../lib/loopback-server.mjs";

export class PacedModel extends LoopbackServer {
  #calls = 0;
  #waits = 3;

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
    if (tools.length > 0 && !tool && this.#waits > 0) {
      // Some clients ask the model while their servers still start.
      this.#waits -= 1;
      await sleep(2000);
    }
    if (!tool || this.#calls === this.before.length)
      return dialect(response, asked, undefined, pathname);
    const call = this.#calls;
    this.#calls += 1;
    await this.before[call]();
    return dialect(response, asked, { ...tool, id: `call_${call}`, args: "{}" }, pathname);
  }
}
