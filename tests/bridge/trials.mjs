// Runs each check over both bridges, and compares the results.
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { newest, remoteScript } from "../lib/pinned.mjs";
import { RecordingClient } from "./recording-client.mjs";
import { ScriptedServer } from "./scripted-server.mjs";

const trialSeconds = 60;
const concurrency = 6; // checks at once

/** One run of a check over one bridge. What it starts is stopped with it. */
export class Trial {
  #started = [];

  constructor(bridge, command, scratch) {
    this.bridge = bridge;
    this.command = command;
    this.home = mkdtempSync(join(scratch, "home-"));
    mkdirSync(join(this.home, "tmp"));
  }

  get env() {
    const { home } = this;
    return {
      PATH: process.env.PATH,
      HOME: home,
      TMPDIR: join(home, "tmp"),
      MCP_REMOTE_CONFIG_DIR: join(home, "cache"),
      NODE_NO_WARNINGS: "1",
      BROWSER: "true",
    };
  }

  /** Starts the bridge. */
  start(url, args = [], env = {}) {
    const [program, ...first] = this.command;
    return this.owns(
      new RecordingClient(program, [...first, url, ...args], { ...this.env, ...env }),
    );
  }

  /** Starts a scripted server. */
  async serve(script, options) {
    return this.owns(await ScriptedServer.start(script, options));
  }

  /** Stops something together with the trial. */
  owns(thing) {
    this.#started.push(thing);
    return thing;
  }

  /** The result of a scenario, or its error. */
  async run(scenario) {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(
        () => fail(new Error(`no result within ${trialSeconds} s`)),
        trialSeconds * 1000,
      );
    });
    try {
      return await Promise.race([scenario(this), late]);
    } catch (error) {
      return { fails: error.message };
    } finally {
      clearTimeout(timer);
      await Promise.all(this.#started.map((thing) => thing.stop()));
    }
  }

  /** What the bridge of this trial wrote to stderr. */
  get stderr() {
    return this.#started.map(({ stderr }) => stderr ?? "").join("");
  }
}

export class Bench {
  #scratch;
  #commands;
  #tally = { passed: 0, failed: 0 };
  #running = new Set();
  #taken = 0;

  constructor(mcpgen, scratch) {
    this.#scratch = scratch;
    this.#commands = {
      "mcp-remote": [process.execPath, remoteScript(newest)],
      mcpgen: [mcpgen, "bridge"],
    };
  }

  /** A directory for files that several checks need. */
  directory(name) {
    return join(this.#scratch, name);
  }

  /** Runs a scenario over both bridges, at once or `inTurn`. Returns the result of each. */
  async #each(scenario, inTurn = false) {
    const trials = Object.entries(this.#commands).map(
      ([name, command]) => new Trial(name, command, this.#scratch),
    );
    const gave = [];
    for (const trial of trials) {
      gave.push(trial.run(scenario));
      if (inTurn) await gave.at(-1);
    }
    const results = await Promise.all(gave);
    const entries = trials.map(({ bridge, stderr }, at) => [bridge, { gave: results[at], stderr }]);
    return Object.fromEntries(entries);
  }

  /** Runs `body` when there is room. What needs all the room runs when nothing else is left. */
  async #turn(body, room = 1) {
    while (this.#taken + room > concurrency) await Promise.race(this.#running);
    this.#taken += room;
    const turn = body().finally(() => {
      this.#running.delete(turn);
      this.#taken -= room;
    });
    this.#running.add(turn);
    return turn;
  }

  /**
   * One case. With mcpgen, the scenario must have the wanted result; another result of mcp-remote
   * is only shown.
   */
  check(part, name, wanted, scenario) {
    return this.#turn(async () => {
      const started = performance.now();
      const each = await this.#each(scenario);
      this.#row(part, name, started, each, wanted);
    });
  }

  /**
   * The same while nothing else runs, one bridge at a time: the result depends on how busy the
   * machine is.
   */
  alone(part, name, wanted, scenario) {
    return this.#turn(async () => {
      const started = performance.now();
      const each = await this.#each(scenario, true);
      this.#row(part, name, started, each, wanted);
    }, concurrency);
  }

  /**
   * Several cases of one session: what the client gets over each bridge, by topic and step, and
   * without a bridge (`direct`). mcpgen must pass on what the server sends without a bridge. If
   * neither bridge does, both must do the same. There is one server, and each bridge has its own
   * session with it.
   */
  sheet(part, setting, { direct, serve }, scenario) {
    return this.#turn(async () => {
      const started = performance.now();
      const server = await serve();
      const [wanted, each] = await Promise.all([
        direct,
        this.#each((trial) => scenario(trial, server)),
      ]);
      server.stop();
      for (const [topic, steps] of Object.entries(wanted)) {
        const one = (bridge) => ({
          ...each[bridge],
          gave: each[bridge].gave[topic] ?? each[bridge].gave,
        });
        const pair = { "mcp-remote": one("mcp-remote"), mcpgen: one("mcpgen") };
        const broken = Object.entries(steps).find(([, gave]) => gave.fails);
        if (broken)
          throw new Error(
            `${setting}: the server without a bridge fails at \`${broken[0]}\`: ${broken[1].fails}`,
          );
        const name = `${setting}: ${topic} (${Object.keys(steps).length})`;
        this.#row(
          part,
          name,
          started,
          pair,
          steps,
          isDeepStrictEqual(pair.mcpgen.gave, pair["mcp-remote"].gave),
        );
      }
    });
  }

  #row(part, name, started, { "mcp-remote": peer, mcpgen }, wanted, alike = false) {
    const passed = isDeepStrictEqual(mcpgen.gave, wanted) || alike;
    const better = isDeepStrictEqual(peer.gave, wanted) ? "" : "differs";
    const note = passed && alike && better ? "both differ" : better && `mcp-remote ${better}`;
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    this.#tally[passed ? "passed" : "failed"] += 1;
    console.log(
      [passed ? "ok  " : "FAIL", part.padEnd(10), name.padEnd(62), note.padEnd(20), seconds].join(
        " ",
      ),
    );
    const show = (who, gave) =>
      console.log(difference(gave, wanted).replace(/^/gm, `       ${who} | `));
    if (!passed) show("mcpgen    ", mcpgen.gave);
    const stderr = mcpgen.stderr.trimEnd().split("\n").slice(-5).join("\n");
    if (!passed && stderr) console.log(stderr.replace(/^/gm, "       stderr     | "));
    if (better) show("mcp-remote", peer.gave);
  }

  /** Prints the tally. Returns whether every case passed. */
  finish() {
    console.log(`${this.#tally.passed} passed, ${this.#tally.failed} failed`);
    return this.#tally.failed === 0;
  }
}

const text = (value) => JSON.stringify(value) ?? "nothing";

/** Excerpts of two values around their first difference. */
function excerpts(...values) {
  const contents = values.map(text);
  const at = [...contents[0]].findIndex((_, at) => contents[0][at] !== contents[1][at]);
  const from = Math.max(0, at - 60);
  const cut = (text) =>
    `${from > 0 ? "…" : ""}${text.slice(from, from + 140)}${text.length > from + 140 ? "…" : ""}`;
  return contents.map(cut);
}

const plain = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** The differences between two values: `path: actual, not expected`, one per line. */
function difference(gave, wanted, path = "") {
  if (isDeepStrictEqual(gave, wanted)) return "";
  if (!plain(gave) || !plain(wanted) || "fails" in gave) {
    const [there, due] = excerpts(gave, wanted);
    return `${path ? `${path}: ` : ""}${there}, not ${due}`;
  }
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(gave)])];
  const parts = names.map((name) =>
    difference(gave[name], wanted[name], path ? `${path}.${name}` : name),
  );
  return parts.filter(Boolean).join("\n");
}
