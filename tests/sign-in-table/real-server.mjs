// Real authorization servers: fastmcp and oidc-provider, in processes of their own.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fastmcpPython, lib, node22, oidcDirectory } from "../lib/pinned.mjs";
import { startServer } from "../lib/servers.mjs";

export class RealServer {
  #start;
  #running;
  #earlier = 0;

  constructor(start, running) {
    this.#start = start;
    this.#running = running;
  }

  static async #started(start) {
    return new RealServer(start, await start([]));
  }

  /** fastmcp with its provider that keeps everything in memory. */
  static fastmcp() {
    const args = [join(lib, "oauth_server.py"), "3600"];
    return RealServer.#started((more) => startServer(fastmcpPython, [...args, ...more]));
  }

  static oidc() {
    const args = [join(lib, "oidc-server.mjs"), oidcDirectory, "3600"];
    return RealServer.#started((more) => startServer(node22(), [...args, ...more]));
  }

  get url() {
    return this.#running.url;
  }

  get port() {
    return new URL(this.url).port;
  }

  async registrations() {
    const { register = 0 } = await (await fetch(new URL("/counts", this.url))).json();
    return this.#earlier + register;
  }

  /** Changes how oidc-provider behaves: ../lib/oidc-server.mjs lists the paths. */
  async change(path) {
    const { ok } = await fetch(new URL(path, this.url), { method: "POST" });
    if (!ok) throw new Error(`the server does not know ${path}`);
  }

  /** Restarts the server on the same port. It has forgotten everything. */
  async restart() {
    this.#earlier = await this.registrations();
    const { port } = this;
    this.#running.stop();
    await sleep(500); // the port becomes free
    this.#running = await this.#start([`--port=${port}`]);
  }

  /** The access tokens are valid; only the cache says that they are not. */
  expire() {}

  stop() {
    this.#running.stop();
  }
}
