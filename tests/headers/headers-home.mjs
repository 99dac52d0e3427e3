// The home directory of one client that gets its headers from `mcpgen headers`.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EffectHome } from "../effect/effect-home.mjs";

// Where clients keep sign-ins of their own.
const stores = [".claude/.credentials.json", ".codex/.credentials.json"];

export class HeadersHome extends EffectHome {
  declareHeaders(client, url) {
    this.write(`clients = ["${client}"]
[servers.peer]
url = "${url}"
auth = "oauth"
via = "headers"
startup-timeout = 60
`);
  }

  /** How often the client has run `mcpgen headers`. */
  get asked() {
    return this.launched.filter((line) => line.startsWith("mcpgen headers")).length;
  }

  /** Waits until the access token in the cache has expired. */
  async waitUntilExpired(part = 1) {
    const { expires_at: end, expires_in: seconds } = this.tokens;
    const wait = end - (1 - part) * seconds * 1000 - Date.now() + 700;
    if (wait > 60_000) throw new Error(`the token lasts ${Math.round(wait / 1000)} s more`);
    await sleep(Math.max(wait, 0));
  }

  /** Fails if the client has started a bridge or has a sign-in of its own. */
  mustShareTheSignIn() {
    this.mustNotHaveUnwantedPages();
    const others = this.launched.filter(
      (line) => !/^mcpgen (headers|apply|login|refresh)\b/.test(line),
    );
    if (others.length > 0) throw new Error(`the client started ${others.join(", ")}`);
    for (const store of stores) {
      const path = join(this.path, store);
      if (existsSync(path) && /"access_?[tT]oken":\s*"[^"]/.test(readFileSync(path, "utf8")))
        throw new Error(`the client has a sign-in of its own in ${store}`);
    }
  }
}
