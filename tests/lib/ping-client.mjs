// A client of a server that has one tool, `ping`.
import { setTimeout as sleep } from "node:timers/promises";
import { McpClient } from "./mcp-client.mjs";

const stderrSeconds = 40;

export class PingClient extends McpClient {
  /** Opens a session and lists the tools. */
  async connect() {
    await this.initialize();
    const { tools } = await this.result("tools/list");
    const names = tools.map(({ name }) => name).join(" ");
    if (names !== "ping") throw this.error(`lists the tools \`${names}\`, not \`ping\``);
  }

  /** Calls the tool. */
  async ping() {
    const { content } = await this.result("tools/call", { name: "ping", arguments: {} });
    if (content[0].text !== "pong")
      throw this.error(`returned \`${content[0].text}\`, not \`pong\``);
  }

  /** Waits until stderr matches a pattern. Returns the match. */
  async stderrMatch(pattern) {
    const deadline = Date.now() + stderrSeconds * 1000;
    let exited = false;
    this.exited.then(() => {
      exited = true;
    });
    for (;;) {
      const match = this.stderr.match(pattern);
      if (match) return match;
      if (Date.now() > deadline || exited) throw this.error(`did not print \`${pattern}\``);
      await sleep(50);
    }
  }
}
