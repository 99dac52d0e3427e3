// A home directory with a declaration, a cache, and a record of every page that a browser was
// opened with.
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
import { PingClient } from "./ping-client.mjs";
import { lib, newest, remoteScript } from "./pinned.mjs";
import { mustSucceed } from "./process.mjs";

const browser = join(lib, "browser.mjs");
/** A browser that only records the page that it is opened with. */
export const recorder = join(lib, "recorder.sh");

const linesOf = (path) =>
  existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];

export class SignInHome {
  #opened;
  #recorded;

  constructor(mcpgen, path) {
    this.program = mcpgen;
    this.path = path;
    this.cache = join(path, "cache");
    this.#opened = join(path, "opened");
    this.#recorded = join(path, "recorded");
    mkdirSync(join(path, ".config", "mcpgen"), { recursive: true });
    mkdirSync(join(path, "tmp"));
  }

  // ---- what is declared, and who runs here ----

  /** Writes a declaration of one OAuth server, which clients reach with a version of mcp-remote. */
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
    const { path } = this;
    const temporary = join(path, "tmp");
    return { PATH: process.env.PATH, HOME: path, TMPDIR: temporary, NODE_NO_WARNINGS: "1" };
  }

  /** A browser that signs in. */
  get signingBrowser() {
    return { BROWSER: browser, BROWSER_LOG: this.#opened };
  }

  /** A browser that does nothing, for bridges that should not open a page. */
  get idleBrowser() {
    return { BROWSER: recorder, BROWSER_LOG: this.#recorded };
  }

  /**
   * Runs mcpgen with a browser that signs in. Its output must not contain a secret of the cache.
   */
  async mcpgen(args, env = {}) {
    const run = await mustSucceed(this.program, args, {
      env: { ...this.env, ...this.signingBrowser, ...env },
      cwd: this.path,
    });
    const output = args[0] === "token" ? run.stderr : run.stdout + run.stderr;
    if (this.secrets.some((secret) => output.includes(secret)))
      throw new Error(`\`mcpgen ${args[0]}\` prints a secret`);
    return run;
  }

  #bridgeEnv(env) {
    return { ...this.env, MCP_REMOTE_CONFIG_DIR: this.cache, ...this.idleBrowser, ...env };
  }

  /** Starts mcp-remote as a client does. Its browser does nothing, unless `env` names another. */
  startRemote(url, version = newest, env = {}, options = []) {
    const args = [remoteScript(version), url, ...options];
    return new PingClient(process.execPath, args, { env: this.#bridgeEnv(env) });
  }

  /**
   * Starts `mcpgen bridge` as a client does. Its browser does nothing, unless `env` names another.
   */
  startNative(url, env = {}, options = []) {
    const args = ["bridge", url, ...options];
    return new PingClient(this.program, args, { env: this.#bridgeEnv(env) });
  }

  // ---- which pages were opened ----

  /** The pages that the browser that signs in was opened with. */
  get pages() {
    return linesOf(this.#opened);
  }

  /** The pages that bridges opened although they should not have. */
  get unwantedPages() {
    return linesOf(this.#recorded);
  }

  mustHaveOpened(count) {
    const { pages } = this;
    if (pages.length !== count)
      throw new Error(`${pages.length} pages were opened, not ${count}\n${pages.join("\n")}`);
  }

  mustNotHaveUnwantedPages() {
    const { unwantedPages: pages } = this;
    if (pages.length > 0)
      throw new Error(`a bridge opened ${pages.length} page(s)\n${pages.join("\n")}`);
  }

  // ---- what is in the cache ----

  /** The paths of the cache's files, relative to it. */
  get files() {
    return existsSync(this.cache) ? readdirSync(this.cache, { recursive: true }).sort() : [];
  }

  /** The secrets in the cache. */
  get secrets() {
    const fields = ["access_token", "refresh_token", "id_token", "client_secret"];
    const files = this.files.filter((file) => /_(tokens|client_info)\.json$/.test(file));
    const values = files.map((file) => JSON.parse(readFileSync(join(this.cache, file), "utf8")));
    return values.flatMap((value) => fields.map((field) => value[field]).filter(Boolean));
  }

  /** Fails unless the cache has exactly one sign-in, which only its owner can read. */
  mustHoldOneSignIn() {
    const names = this.files
      .filter((file) => file.includes("_"))
      .map((file) => file.slice(file.indexOf("_") + 1));
    if (names.join(" ") !== "client_info.json tokens.json")
      throw new Error(`the cache has ${this.files.join(" ")}`);
    const isOpen = (file) => (statSync(join(this.cache, file)).mode & 0o077) !== 0;
    const open = this.files.filter(isOpen);
    if (open.length > 0) throw new Error(`other users may read ${open.join(" ")}`);
  }

  get #tokensFile() {
    const found = this.files.filter((file) => file.endsWith("_tokens.json"));
    if (found.length !== 1)
      throw new Error(`${found.length} token sets, not 1: ${this.files.join(" ")}`);
    return join(this.cache, found[0]);
  }

  /** The only token set in the cache. */
  get tokens() {
    return JSON.parse(readFileSync(this.#tokensFile, "utf8"));
  }

  set tokens(value) {
    const file = this.#tokensFile;
    writeFileSync(`${file}.new`, JSON.stringify(value, null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  /** Marks the access token as expired in the cache; the server still accepts it. */
  expireInCache() {
    this.tokens = { ...this.tokens, expires_at: Date.now() - 1000 };
  }
}
