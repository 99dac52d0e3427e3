// What the benches with sign-ins share: the mcpgen under test, homes to run it in, servers, and the
// tally.
import { join } from "node:path";
import { fastmcpPython, lib, node22, oidcDirectory } from "./pinned.mjs";
import { startScript, startServer } from "./servers.mjs";
import { SignInHome } from "./sign-in-home.mjs";

/** A server that counts its OAuth requests. */
class CountingServer {
  constructor({ url, stop }) {
    this.url = url;
    this.stop = stop;
  }

  async #counts() {
    return (await fetch(new URL("/counts", this.url))).json();
  }

  /** Changes how the server behaves: oidc-server.mjs lists the paths. */
  async change(path) {
    const { ok } = await fetch(new URL(path, this.url), { method: "POST" });
    if (!ok) throw new Error(`the server does not know ${path}`);
  }

  /** The requests that arrive during some work, by their names. */
  async countDuring(work) {
    const before = await this.#counts();
    await work();
    const after = await this.#counts();
    const counts = Object.entries(after).map(([name, n]) => [name, n - (before[name] ?? 0)]);
    return Object.fromEntries(counts.filter(([, n]) => n !== 0));
  }
}

export class Lab {
  #servers = [];
  #tally = { passed: 0, failed: 0 };

  constructor(mcpgen, scratch) {
    this.mcpgen = mcpgen;
    this.scratch = scratch;
  }

  home(name) {
    return new SignInHome(this.mcpgen, join(this.scratch, name.replaceAll(/[^\w.-]+/g, "-")));
  }

  /** oidc-provider; the first access token lives for `seconds`. */
  oidc(seconds, ...options) {
    const args = [join(lib, "oidc-server.mjs"), oidcDirectory, seconds, ...options];
    return this.#keep(startServer(node22(), args));
  }

  /** fastmcp with its own OAuth provider; the first access token lives for `seconds`. */
  fastmcp(seconds, ...options) {
    const args = [join(lib, "oauth_server.py"), seconds, ...options];
    return this.#keep(startServer(fastmcpPython, args));
  }

  /** An identity provider whose ID tokens live for `seconds`. Its URL is its issuer. */
  identityProvider(seconds) {
    return this.#keep(startServer(node22(), [join(lib, "idp-server.mjs"), oidcDirectory, seconds]));
  }

  /** fastmcp, which accepts the identities of a provider; its access tokens live for `seconds`. */
  identityServer(seconds, issuer) {
    const args = [join(lib, "identity_server.py"), seconds, issuer];
    return this.#keep(startServer(fastmcpPython, args));
  }

  /** A server without a sign-in. */
  script(path) {
    return this.#keep(startScript(path));
  }

  async #keep(starting) {
    const server = new CountingServer(await starting);
    this.#servers.push(server);
    return server;
  }

  /** Runs one case. It passes unless it throws; its return value is shown beside it. */
  async check(part, name, body) {
    const started = performance.now();
    let failure;
    let note = "";
    try {
      note = (await body()) ?? "";
    } catch (error) {
      failure = error;
    }
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    this.#tally[failure ? "failed" : "passed"] += 1;
    const columns = [part.padEnd(11), name.padEnd(58), note.padEnd(34), seconds];
    console.log([failure ? "FAIL" : "ok  ", ...columns].join(" "));
    if (failure) console.log(failure.message.replace(/^/gm, "       "));
  }

  /** Stops the servers and prints the tally. Returns whether every case passed. */
  finish() {
    for (const server of this.#servers) server.stop();
    console.log(`${this.#tally.passed} passed, ${this.#tally.failed} failed`);
    return this.#tally.failed === 0;
  }
}

const describeCounts = (counts) =>
  Object.entries(counts)
    .sort()
    .map(([name, count]) => `${count} ${name}`)
    .join(", ") || "nothing";

/** Fails unless a server received exactly the expected requests. Returns them in words. */
export function mustEqualCounts(counts, expected) {
  const [received, wanted] = [counts, expected].map(describeCounts);
  if (received === wanted) return received;
  throw new Error(`the server received: ${received}\nexpected:            ${wanted}`);
}
