// A stand-in for a language model on a free loopback port. It calls each tool that it is told to,
// one in each response, and then says `ok`. dialects.mjs has the API of each vendor.
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { LoopbackServer } from "../lib/loopback-server.mjs";
import { dialectOf, toolsOf } from "./dialects.mjs";

/** The tool of the client that calls the tools of servers, if they are not offered to the model. */
const caller = (tools) => tools.find(({ name }) => name === "use_tool");

export class ScriptedModel extends LoopbackServer {
  #waits = 3;

  /** The words of the tools that the model has called or tried to call. */
  called = new Set();

  /** The names of all tools that a client has offered. */
  offered = new Set();

  /** The requests so far: `METHOD PATH`, and how many tools they offered. */
  asked = [];

  /**
   * Creates a model that calls the tools whose names contain the words `wanted`. Between them, it
   * calls the tools of `forbidden`, a map from a word to the word of a tool of the same server: if no
   * such tool is offered, it guesses the name. Some clients stop after three failed calls in a row.
   */
  constructor(wanted, forbidden) {
    super((request, response) => this.#answer(request, response));
    this.wanted = wanted;
    this.forbidden = forbidden;
    const hidden = Object.keys(forbidden);
    const pairs = wanted.map((word, at) => [word, hidden[at]]);
    this.words = [...pairs.flat(), ...hidden.slice(wanted.length)].filter(Boolean);
  }

  /** Notes the tools that a client without a model lists, in JSON. */
  hasSeen(list) {
    for (const [, name] of list.matchAll(/"name": "(\w+)"/g)) this.offered.add(name);
  }

  async #answer(request, response) {
    const body = await text(request);
    const { pathname } = new URL(request.url, this.origin);
    const dialect = dialectOf(request, pathname);
    const asked = dialect && body ? JSON.parse(body) : {};
    const tools = toolsOf(asked);
    this.asked.push(`${request.method} ${pathname} ${tools.length}`);
    if (!dialect) return response.writeHead(404).end();
    if (caller(tools)) tools.push(...this.#foundTools(asked));
    for (const { name } of tools) this.offered.add(name);
    await this.#waitForServers(tools);
    dialect(response, asked, this.#nextCall(tools), pathname);
  }

  /**
   * Waits if a wanted tool is not offered yet: some clients ask the model while their servers still
   * start, and offer the tools in a later request.
   */
  async #waitForServers(tools) {
    const isOffered = (word) => tools.some(({ name }) => name.includes(word));
    if (tools.length === 0 || this.#waits === 0 || this.wanted.every(isOffered)) return;
    this.#waits -= 1;
    await sleep(3000);
  }

  /** The next tool to call: `{ id, name, namespace, args }`. */
  #nextCall(tools) {
    const find = (word) => tools.find(({ name }) => name.includes(word));
    const guess = (word) => {
      const allowed = this.forbidden[word];
      const sibling = allowed && find(allowed);
      return sibling && { ...sibling, name: sibling.name.replace(allowed, word) };
    };
    // Some clients offer a tool only after the model has searched for it.
    const search = tools.find(({ name }) => /^(tool_?search|search_tool)$/i.test(name));
    for (const word of this.words) {
      // It may search again, since a server may have started meanwhile.
      const what = [1, 2].map((n) => `search_${word}_${n}`).find((id) => !this.called.has(id));
      if (search && !find(word) && what) return this.#call(what, search, { query: word });
      const tool = find(word) ?? guess(word);
      if (tool && !this.called.has(word)) return this.#callFound(word, tool, tools);
    }
    return undefined;
  }

  /** The tools that the client's search has returned to the model. */
  #foundTools({ messages }) {
    const results = messages.filter(({ role }) => role === "tool").map(({ content }) => content);
    const names = JSON.stringify(results).matchAll(/\btool_name\W+([\w-]+)/g);
    return [...names].map(([, name]) => ({ name, isFound: true }));
  }

  /** Calls a tool. If a search has returned it, the client calls it by another tool. */
  #callFound(word, tool, tools) {
    if (!tool.isFound) return this.#call(word, tool, {});
    return this.#call(word, caller(tools), { tool_name: tool.name, tool_input: {} });
  }

  #call(what, tool, args) {
    this.called.add(what);
    return { ...tool, id: `call_${what}`, args: JSON.stringify(args) };
  }
}
