// What the parts of the bench share: each check is run over both bridges, and what they give is compared.
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { newest, remoteScript } from "../lib/pinned.mjs";
import { RecordingClient } from "./recording-client.mjs";
import { ScriptedServer } from "./scripted-server.mjs";

const patience = 60; // seconds a trial may take
const together = 6; // checks at once

/** One run of a check over one bridge: what it starts ends with it. */
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

  /** Starts a stand-in. */
  async serve(script, options) {
    return this.owns(await ScriptedServer.start(script, options));
  }

  /** Ends something with the trial. */
  owns(thing) {
    this.#started.push(thing);
    return thing;
  }

  /** What a scenario gives, or how it fails. */
  async run(scenario) {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Error(`no end within ${patience} s`)), patience * 1000);
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

  /** What the clients of this trial were told on stderr. */
  get said() {
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

  /** A folder for what several checks need. */
  folder(name) {
    return join(this.#scratch, name);
  }

  /** Runs a scenario over each bridge, over both at once or one after the other; the answer is what each gave. */
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
    const entries = trials.map(({ bridge, said }, at) => [bridge, { gave: results[at], said }]);
    return Object.fromEntries(entries);
  }

  /** Waits until there is room, and does it. What takes all the room is done when nothing else is left. */
  async #turn(body, room = 1) {
    while (this.#taken + room > together) await Promise.race(this.#running);
    this.#taken += room;
    const turn = body().finally(() => {
      this.#running.delete(turn);
      this.#taken -= room;
    });
    this.#running.add(turn);
    return turn;
  }

  /**
   * One case. Over mcpgen the scenario must give what is wanted; what mcp-remote gives is shown where it is
   * something else.
   */
  check(part, name, wanted, scenario) {
    return this.#turn(async () => {
      const started = performance.now();
      const each = await this.#each(scenario);
      this.#row(part, name, started, each, wanted);
    });
  }

  /** The same with the machine to itself, a bridge at a time: what it gives depends on how busy the machine is. */
  alone(part, name, wanted, scenario) {
    return this.#turn(async () => {
      const started = performance.now();
      const each = await this.#each(scenario, true);
      this.#row(part, name, started, each, wanted);
    }, together);
  }

  /**
   * Several cases of one session: what the client gets over each bridge, by topic and step, and without one
   * (`direct`). mcpgen must give what the server gives without a bridge; where neither of them does, both must give
   * the same. The server is one, and each bridge has a session of its own.
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
    const said = mcpgen.said.trimEnd().split("\n").slice(-5).join("\n");
    if (!passed && said) console.log(said.replace(/^/gm, "       stderr     | "));
    if (better) show("mcp-remote", peer.gave);
  }

  /** Says how it went. */
  finish() {
    console.log(`${this.#tally.passed} passed, ${this.#tally.failed} failed`);
    return this.#tally.failed === 0;
  }
}

const text = (value) => JSON.stringify(value) ?? "nothing";

/** Of two values as much as shows where they part. */
function parting(...values) {
  const texts = values.map(text);
  const at = [...texts[0]].findIndex((_, at) => texts[0][at] !== texts[1][at]);
  const from = Math.max(0, at - 60);
  const cut = (text) =>
    `${from > 0 ? "…" : ""}${text.slice(from, from + 140)}${text.length > from + 140 ? "…" : ""}`;
  return texts.map(cut);
}

const plain = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Where one value is not another: `path: what is there, not what should be`, a line each. */
function difference(gave, wanted, path = "") {
  if (isDeepStrictEqual(gave, wanted)) return "";
  if (!plain(gave) || !plain(wanted) || "fails" in gave) {
    const [there, due] = parting(gave, wanted);
    return `${path ? `${path}: ` : ""}${there}, not ${due}`;
  }
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(gave)])];
  const parts = names.map((name) =>
    difference(gave[name], wanted[name], path ? `${path}.${name}` : name),
  );
  return parts.filter(Boolean).join("\n");
}
