// The home directory of one client: a declaration with five servers, one sign-in, the client's own
// settings, and programs on the PATH that record what the client launches.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { endProcessesOf } from "../lib/leftovers.mjs";
import { programOf } from "../lib/packages.mjs";
import { newerNodeDirectory, newest, remoteScript } from "../lib/pinned.mjs";
import { mustSucceed, runProgram } from "../lib/process.mjs";
import { SignInHome } from "../lib/sign-in-home.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const localServer = join(here, "local-server.mjs");

/** What `launch.bridge` is in each round: nothing, since mcp-remote is the default. */
export const bridges = {
  "mcp-remote": { launch: "", line: (url) => `npx -y mcp-remote@${newest} ${url}` },
  native: {
    launch: '[launch]\nbridge = ["mcpgen", "bridge"]\n',
    line: (url) => `mcpgen bridge ${url}`,
  },
};

const linesOf = (path) =>
  existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];

export class EffectHome extends SignInHome {
  constructor(mcpgen, path) {
    super(mcpgen, path);
    this.cache = join(path, ".mcp-auth");
    this.project = join(path, "project");
    this.bin = join(path, "bin");
    this.token = join(path, "token");
    mkdirSync(this.project);
    mkdirSync(this.bin);
    this.#record("npx", `shift 2; exec '${process.execPath}' '${remoteScript(newest)}' "$@"`);
    this.#record("mcpgen", `exec '${mcpgen}' "$@"`);
  }

  /** Puts a program on the PATH that records its command line. */
  #record(name, then) {
    const line = `echo "${name} $*" >>'${join(this.path, "launched")}'`;
    const path = join(this.bin, name);
    writeFileSync(path, `#!/bin/sh\n${line}\n${then}\n`);
    chmodSync(path, 0o755);
  }

  /** The command lines with which the client has started `npx` and `mcpgen`. */
  get launched() {
    return linesOf(join(this.path, "launched"));
  }

  /** The lines that a local server has written: `started`, and the names of the called tools. */
  linesOf(server) {
    return linesOf(join(this.path, `${server}.log`));
  }

  /** Writes the declaration. `enabled`: whether the last server is enabled. */
  declareFor(client, bridge, server, tools, { enabled }) {
    const local = (name) => {
      const args = [localServer, join(this.path, `${name}.log`), ...tools[name]];
      return `command = ${JSON.stringify(process.execPath)}\nargs = ${JSON.stringify(args)}\n`;
    };
    const hide = (name) => {
      const [first, second] = tools[name];
      return `tools = { allow = ["${first}", "${second}"], deny = ["${second}"] }\n`;
    };
    writeFileSync(this.token, server.apiToken, { mode: 0o600 });
    this.write(`clients = ["${client}"]
${bridges[bridge].launch}
[servers.signed]
url = "${server.urlOf("signed")}"
auth = "oauth"

[servers.keyed]
url = "${server.urlOf("keyed")}"
auth = { token = "file:${this.token}" }
${hide("keyed")}
[servers.local]
${local("local")}${hide("local")}
[servers.disabled]
enabled = ${enabled}
${local("disabled")}`);
  }

  /** Copies the client's own settings, with `@MODEL@` replaced. */
  addSettings(paths, model) {
    for (const path of paths) {
      const to = join(this.path, path);
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, this.#fillIn(readFileSync(join(here, "home", path), "utf8"), model));
    }
  }

  #fillIn(text, model) {
    return text
      .replaceAll("@MODEL@", model.origin)
      .replaceAll("@PROJECT@", this.project)
      .replaceAll("@HOME@", this.path);
  }

  /**
   * Runs the client until it exits, and ends what it leaves behind. `calls`: what a client without a
   * model calls, each `[server, tool]`.
   */
  async runClient(client, model, calls) {
    const fillIn = (text) => this.#fillIn(text, model);
    const own = Object.entries(client.env).map(([name, value]) => [name, fillIn(value)]);
    const directories = [this.bin, client["newer-node"] && newerNodeDirectory(), this.env.PATH];
    const env = {
      ...this.env,
      ...this.idleBrowser,
      PATH: directories.filter(Boolean).join(":"),
      ...Object.fromEntries(own),
    };
    const start = (run, command) =>
      run(client.program ?? programOf({ ...client, command }), command.slice(1).map(fillIn), {
        cwd: this.project,
        env,
        seconds: 90,
      });
    try {
      if (client.before) await start(mustSucceed, client.before);
      const run = await start(runProgram, client.command);
      if (!client.call) return run;
      model.hasSeen(run.stdout);
      for (const [server, tool] of calls) {
        model.called.add(tool);
        const named = (word) => word.replace("@SERVER@", server).replace("@TOOL@", tool);
        await start(runProgram, client.call.map(named));
      }
      return run;
    } finally {
      endProcessesOf(this.path);
    }
  }

  /** Writes what happened to `run.json`, for a person who looks into it. Returns it. */
  record(run, model, server) {
    const about = {
      command: [run.command, ...run.args],
      exit: run.code,
      launched: this.launched,
      offered: [...model.offered],
      asked: model.asked,
      requests: server.requests.map((request) => ({ ...request, token: Boolean(request.token) })),
    };
    const text = JSON.stringify({ ...about, stdout: run.stdout, stderr: run.stderr }, null, 2);
    writeFileSync(join(this.path, "run.json"), `${text}\n`);
    return about;
  }
}
