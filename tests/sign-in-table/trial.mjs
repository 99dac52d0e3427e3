// One way to reach the server of one situation, and what happened.
import { PingClient } from "../lib/ping-client.mjs";
import { recorder } from "../lib/sign-in-home.mjs";
import { Person } from "./person.mjs";
import { SignInServer } from "./sign-in-server.mjs";
import { signInSeconds, ways } from "./ways.mjs";

const responseSeconds = signInSeconds + 9;
const mostStarts = 2;

/** Whether a page is an error, so that nobody gets back to the program. */
function isDead({ url, ended }) {
  const back = new URL(url).searchParams.get("redirect_uri");
  return ended && (ended.status === 0 || ended.status >= 400) && !ended.url?.startsWith(back);
}

export class Trial {
  #before = { pages: 0, registrations: 0 };
  #started = [];
  /** How often the client had to be started once more. */
  restarts = 0;
  /** The error messages, of commands and clients. */
  failures = [];

  constructor(situation, way, home) {
    Object.assign(this, { situation, way: ways[way], home });
    const log = `${home.path}/pages`;
    this.env = {
      ...home.env,
      ...situation.env,
      MCP_REMOTE_CONFIG_DIR: home.cache,
      BROWSER: recorder,
      BROWSER_LOG: log,
    };
    this.person = new Person(log);
  }

  async start() {
    const { situation } = this;
    this.server = situation.serve
      ? await situation.serve()
      : await SignInServer.start(situation.server, situation.host?.());
    this.owns(this.server);
    await situation.prepare?.(this);
    this.declare();
  }

  /** Stops something together with the trial. */
  owns(thing) {
    this.#started.push(thing);
  }

  async stop() {
    this.person.leave();
    for (const thing of this.#started.reverse()) await thing.stop();
  }

  get url() {
    return this.server.url + (this.query ?? this.situation.query ?? "");
  }

  /** The options of both bridges. */
  get options() {
    const { options = [] } = this.situation;
    return typeof options === "function" ? options(this) : options;
  }

  /** The options of the native bridge only. */
  get ownOptions() {
    return this.situation.ownOptions?.(this) ?? [];
  }

  /** Writes the declaration, with `auth` (if that is not empty) and other fields of the server. */
  declare({ auth = this.situation.auth?.(this) ?? 'mode = "oauth"', declared = "" } = {}) {
    const fields = [auth && `auth = { ${auth} }`, declared, this.situation.declared];
    this.home.write(`clients = ["cursor"]

[launch]
bridge = ["mcpgen", "bridge"]
env    = { MCP_REMOTE_CONFIG_DIR = "${this.home.cache}" }

[servers.peer]
url  = "${this.url}"
${fields.filter(Boolean).join("\n")}
`);
  }

  // ---- what the person and the client do ----

  /** Starts the client. */
  client() {
    const [command, args] = this.way.client(this);
    const { seconds = responseSeconds } = this.situation;
    return new PingClient(command, args, { env: this.env, cwd: this.home.path, seconds });
  }

  /** Signs in and calls the tool. If that fails, tries once more. */
  connect() {
    return this.#attempt(this.way.signIn);
  }

  /** The same with a sign-in that has expired; `flags` are those of the command that refreshes it. */
  connectAgain(...flags) {
    return this.#attempt((trial) => this.way.renew?.(trial, ...flags));
  }

  /** The same with a sign-in that is usable. */
  reconnect() {
    return this.#attempt();
  }

  /** Signs in once. It may fail. */
  tryToConnect() {
    return this.#try(this.way.signIn);
  }

  /** The same with a sign-in that has expired. */
  tryToConnectAgain() {
    return this.#try(this.way.renew);
  }

  async #try(before) {
    const failure = await this.#once(before);
    if (failure) this.failures.push(failure.message);
  }

  async #attempt(before) {
    for (let left = this.situation.once ? 1 : mostStarts; ; left -= 1) {
      const failure = await this.#once(before);
      if (!failure) return;
      this.failures.push(failure.message);
      if (left === 1) throw failure;
      this.restarts += 1;
    }
  }

  async #once(before) {
    let client;
    try {
      await before?.(this);
      client = this.client();
      await client.connect();
      await client.ping();
      return undefined;
    } catch (error) {
      error.stderr = client?.stderr;
      return error;
    } finally {
      await client?.shutDown();
    }
  }

  // ---- what happened ----

  /** Counts from here: what was before is not part of the outcome. */
  async begin() {
    this.#before = {
      pages: this.person.pages.length,
      registrations: await this.server.registrations(),
    };
    this.restarts = 0;
    this.failures = [];
  }

  async facts() {
    const pages = this.person.pages.slice(this.#before.pages);
    const registrations = (await this.server.registrations?.()) ?? 0;
    return {
      restarts: this.restarts,
      pages: pages.length,
      dead: pages.filter(isDead).length,
      registrations: registrations - this.#before.registrations,
      failures: this.failures,
    };
  }
}
