// What the parts of the bench share: the program that is tested, homes to run it in, servers, and the tally.
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Bridge } from "./bridge.mjs";
import { bridge, here, newest, node22, oidcPackages, python3 } from "./packages.mjs";
import { endGroup, succeed } from "./process.mjs";

const browser = join(here, "browser.mjs");
const recorder = join(here, "recorder.sh");

const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");
const lines = (path) => read(path).split("\n").filter(Boolean);

/** A home folder with a declaration, a cache, and a record of every browser that was called. */
export class Home {
  constructor(lab, name) {
    this.lab = lab;
    this.path = join(lab.scratch, name.replaceAll(/[^\w.-]+/g, "-"));
    this.cache = join(this.path, "cache");
    this.opened = join(this.path, "opened"); // by `mcpgen login`, and by bridges that may open a page
    this.recorded = join(this.path, "recorded"); // by bridges that should not
    mkdirSync(join(this.path, ".config", "mcpgen"), { recursive: true });
    mkdirSync(join(this.path, "tmp"));
  }

  /** Writes the declaration, by default one OAuth server that the bridge of a version reaches. */
  declare(url, version = newest) {
    this.write(`clients = ["cursor"]

[launch]
bridge = ["npx", "-y", "mcp-remote@${version}"]
env    = { MCP_REMOTE_CONFIG_DIR = "${this.cache}" }

[servers.peer]
url  = "${url}"
auth = "oauth"
`);
  }

  write(declaration) {
    writeFileSync(join(this.path, ".config", "mcpgen", "mcp.toml"), declaration);
  }

  get env() {
    return {
      PATH: process.env.PATH,
      HOME: this.path,
      TMPDIR: join(this.path, "tmp"),
      NODE_NO_WARNINGS: "1",
    };
  }

  /** Runs mcpgen with the browser that fills in forms. Nothing that is in the cache may be in what it says. */
  async mcpgen(args, env = {}) {
    const said = await succeed(this.lab.mcpgen, args, {
      env: { ...this.env, ...this.opens, ...env },
      cwd: this.path,
    });
    const shown = args[0] === "token" ? said.stderr : said.stdout + said.stderr;
    if (this.secrets.some((secret) => shown.includes(secret)))
      throw new Error(`\`${args[0]}\` says a secret`);
    return said;
  }

  /** Starts a bridge as a client would. Its browser only remembers being called, unless `open` is said. */
  start(url, version = newest, open = {}) {
    const env = { ...this.env, MCP_REMOTE_CONFIG_DIR: this.cache, ...this.records, ...open };
    return new Bridge(process.execPath, [bridge(version), url], env);
  }

  /** Starts `mcpgen bridge` as a client would. Its browser only remembers being called, unless `open` is said. */
  native(url, open = {}, flags = []) {
    const env = { ...this.env, MCP_REMOTE_CONFIG_DIR: this.cache, ...this.records, ...open };
    return new Bridge(this.lab.mcpgen, ["bridge", url, ...flags], env);
  }

  /** What lets a bridge call a browser, which does nothing. */
  get records() {
    return { BROWSER: recorder, BROWSER_LOG: this.recorded };
  }

  /** What lets a bridge sign in by itself. */
  get opens() {
    return { BROWSER: browser, BROWSER_LOG: this.opened };
  }

  /** The pages that a browser was opened with, by whoever was allowed to. */
  get pages() {
    return lines(this.opened);
  }

  /** The pages that a bridge asked a browser for, which should have asked for none. */
  get asked() {
    return lines(this.recorded);
  }

  /** Fails where a bridge has asked for a browser. */
  mustNotHaveAsked() {
    const { asked } = this;
    if (asked.length > 0)
      throw new Error(`a bridge asked a browser for ${asked.length} page(s)\n${asked.join("\n")}`);
  }

  /** The files of the cache, by their paths below it. */
  get files() {
    return existsSync(this.cache) ? readdirSync(this.cache, { recursive: true }).sort() : [];
  }

  /** What nobody may see of the cache. */
  get secrets() {
    const names = ["access_token", "refresh_token", "id_token", "client_secret"];
    const texts = this.files.filter((file) => /_(tokens|client_info)\.json$/.test(file));
    const values = texts.map((file) => JSON.parse(readFileSync(join(this.cache, file), "utf8")));
    return values.flatMap((value) => names.map((name) => value[name]).filter(Boolean));
  }

  /** Fails unless the cache has one sign-in, nothing beside it, and is closed to others. */
  mustBeTidy() {
    const names = this.files
      .filter((file) => file.includes("_"))
      .map((file) => file.slice(file.indexOf("_") + 1));
    if (names.join(" ") !== "client_info.json tokens.json")
      throw new Error(`the cache has ${this.files.join(" ")}`);
    const open = this.files.filter((file) => (statSync(join(this.cache, file)).mode & 0o077) !== 0);
    if (open.length > 0) throw new Error(`others may read ${open.join(" ")}`);
  }

  /** The only token set of the cache. */
  get tokens() {
    const found = this.files.filter((file) => file.endsWith("_tokens.json"));
    if (found.length !== 1)
      throw new Error(`not one token set but ${found.length}: ${this.files.join(" ")}`);
    return join(this.cache, found[0]);
  }

  /** Says in the cache that the access token's time has passed; the server still takes it. */
  letExpire() {
    const tokens = JSON.parse(readFileSync(this.tokens, "utf8"));
    const now = `${this.tokens}.now`;
    writeFileSync(now, JSON.stringify({ ...tokens, expires_at: Date.now() - 1000 }, null, 2), {
      mode: 0o600,
    });
    renameSync(now, this.tokens);
  }
}

/** A server of the bench: its URL, and what it was asked. */
class Peer {
  constructor(child, url) {
    this.child = child;
    this.url = url;
  }

  async counts() {
    return (await fetch(new URL("/counts", this.url))).json();
  }

  /** Changes something at the server: oidc.mjs says what can be. */
  async change(what) {
    const { ok } = await fetch(new URL(what, this.url), { method: "POST" });
    if (!ok) throw new Error(`the server knows no ${what}`);
  }

  /** What is asked while something is done. */
  async during(work) {
    const before = await this.counts();
    await work();
    const after = await this.counts();
    const more = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]);
    return Object.fromEntries(more.filter(([, count]) => count !== 0));
  }

  stop() {
    endGroup(this.child);
  }
}

export class Lab {
  #peers = [];
  #tally = { passed: 0, failed: 0 };

  constructor(mcpgen, scratch) {
    this.mcpgen = mcpgen;
    this.scratch = scratch;
  }

  home(name) {
    return new Home(this, name);
  }

  oidc(seconds, ...ways) {
    return this.#serve("oidc", node22(), [join(here, "oidc.mjs"), oidcPackages, seconds, ...ways]);
  }

  fastmcp(seconds, ...more) {
    return this.#serve("fastmcp", python3, [join(here, "fast.py"), seconds, ...more]);
  }

  restless() {
    return this.#serve("restless", process.execPath, [join(here, "../bridge/restless.mjs")]);
  }

  async #serve(name, command, args) {
    const child = spawn(command, args.map(String), {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    const url = await new Promise((done, fail) => {
      child.stdout.setEncoding("utf8").once("data", done);
      child.on("exit", () => fail(new Error(`the server ${name} does not start\n${said}`)));
    });
    const peer = new Peer(child, url.trim());
    this.#peers.push(peer);
    return peer;
  }

  /** One case: it passes unless it throws; what it returns is noted. */
  async check(part, name, body) {
    const started = performance.now();
    let fault;
    let note = "";
    try {
      note = (await body()) ?? "";
    } catch (error) {
      fault = error;
    }
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    this.#tally[fault ? "failed" : "passed"] += 1;
    console.log(
      [fault ? "FAIL" : "ok  ", part.padEnd(11), name.padEnd(58), note.padEnd(34), seconds].join(
        " ",
      ),
    );
    if (fault) console.log(fault.message.replace(/^/gm, "       "));
  }

  /** Ends the servers and says how it went. */
  finish() {
    for (const peer of this.#peers) peer.stop();
    console.log(`${this.#tally.passed} passed, ${this.#tally.failed} failed`);
    return this.#tally.failed === 0;
  }
}

/** Fails where what was asked of a server is not what should have been. */
export function same(asked, wanted) {
  const text = (counts) =>
    Object.entries(counts)
      .sort()
      .map(([name, count]) => `${count} ${name}`)
      .join(", ") || "nothing";
  if (text(asked) === text(wanted)) return text(asked);
  throw new Error(`the server was asked: ${text(asked)}\nand should be: ${text(wanted)}`);
}
