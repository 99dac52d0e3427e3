#!/usr/bin/env node
// What real bridges make of their arguments: `record.mjs` starts a version of every era of mcp-remote with every
// argument list in cases.mjs, until it opens a browser or ends, and writes what it put where into recorded.json.
//
//   tests/keys/record.mjs [VERSION…]
//
// Where versions are named, those are recorded anew and the others kept.
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, program } from "../accept/peers.mjs";
import { cases, env, files, versions } from "./cases.mjs";
import { start } from "./server.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const record = join(here, "recorded.json");
const patience = 30; // seconds

const peer = (version) => ({
  package: "mcp-remote",
  version,
  folder: `mcp-remote-${version}`,
  command: ["mcp-remote"],
});

// ---- one bridge ----

/** The cache key and the folder it lies in, of the first file named after one. A log lies above it. */
function seen(base) {
  for (const entry of readdirSync(base, { recursive: true })) {
    const [, folder, key] = /^(?:(.*)\/)?([0-9a-f]{32})_(?!debug)/.exec(entry) ?? [];
    if (key) return { folder: folder ?? "", key };
  }
  return undefined;
}

const registered = (base, { folder, key }) => {
  const path = join(base, folder, `${key}_client_info.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).redirect_uris?.[0] : undefined;
};

const asked = (browser) =>
  new URL(readFileSync(browser, "utf8").trim()).searchParams.get("redirect_uri");

/** Starts a bridge in a fresh home until it shows what it does. */
async function run(version, args) {
  const home = mkdtempSync(join(tmpdir(), "mcpgen-keys-"));
  const base = join(home, "cache");
  const browser = join(home, "browser.txt");
  mkdirSync(base);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text);
  const script = join(home, "browser.sh");
  writeFileSync(
    script,
    `#!/bin/sh\necho "$1" >'${browser}.part' && mv '${browser}.part' '${browser}'\n`,
    { mode: 0o755 },
  );
  const child = spawn(program(peer(version)), args, {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      MCP_REMOTE_CONFIG_DIR: base,
      BROWSER: script,
      ...env,
    },
    stdio: ["pipe", "ignore", "pipe"],
    detached: true,
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((done) => child.on("close", () => done("ended")));
  const outcome = await Promise.race([ended, watch(base, browser)]);
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {} // nothing is left of it
  await ended;
  const found = seen(base);
  const result =
    outcome === "ended" || !found
      ? { refused: true }
      : {
          ...found,
          redirect: (existsSync(browser) ? asked(browser) : registered(base, found)) ?? null,
        };
  rmSync(home, { recursive: true, force: true });
  if (outcome === "ended" && /already in use|EADDRINUSE/.test(said))
    throw new Error(`a port is taken\n${said}`);
  if (outcome === "late")
    throw new Error(`${version} ${JSON.stringify(args)}: nothing happens\n${said}`);
  return result;
}

/** Waits until a browser is opened or a token set is there. */
async function watch(base, browser) {
  for (let waited = 0; waited < patience * 1000; waited += 20) {
    if (existsSync(browser)) return "browser";
    if (readdirSync(base, { recursive: true }).some((name) => name.endsWith("_tokens.json")))
      return "tokens";
    await new Promise((done) => setTimeout(done, 20));
  }
  return "late";
}

// ---- all of them ----

/** Runs a bridge once more where that failed for reasons of its own: a port that somebody had for a moment. */
const again = (version, args) => run(version, args).catch(() => run(version, args));

/** Everything that a version does, in the order of the cases; one after the other, since many have one port. */
async function runAll(version) {
  const results = [];
  for (const args of cases) results.push(await again(version, args));
  return results;
}

/** What every version makes of one argument list; those that do the same stand together. */
function row(args, outcomes) {
  const groups = new Map();
  for (const [version, { folder, ...outcome }] of outcomes) {
    const text = JSON.stringify(outcome);
    groups.set(text, [...(groups.get(text) ?? []), version]);
  }
  return {
    args,
    outcomes: [...groups].map(([text, versions]) => ({ ...JSON.parse(text), versions })),
  };
}

/** What the record says of a version already, in the order of the cases; undefined where a case is new. */
function recorded(version, { rows, folders }) {
  const known = new Map(rows.map(({ args, outcomes }) => [JSON.stringify(args), outcomes]));
  return cases.map((args) => {
    const outcome = known
      .get(JSON.stringify(args))
      ?.find(({ versions }) => versions.includes(version));
    if (!outcome) return undefined;
    const { versions: _, ...rest } = outcome;
    return rest.key ? { folder: folders[version][0], ...rest } : rest;
  });
}

/**
 * A second look at callback addresses that are not those of the version before: old bridges take any port where
 * theirs is not free, and that is nothing to record.
 */
async function lookAgain(results) {
  for (let at = 1; at < versions.length; at++) {
    const [before, here] = [results.get(versions[at - 1]), results.get(versions[at])];
    for (const [row, args] of cases.entries()) {
      const doubtful =
        before[row].key === here[row].key && before[row].redirect !== here[row].redirect;
      if (doubtful) here[row] = await again(versions[at], args);
      const first = at === 1 && doubtful;
      if (first) before[row] = await again(versions[0], args);
    }
  }
}

const named = process.argv.slice(2);
const chosen = named.length > 0 ? named : versions;
const failed = versions
  .map((version) => install(`mcp-remote ${version}`, peer(version)))
  .filter(Boolean);
if (failed.length > 0) {
  console.error(failed.join("\n"));
  process.exit(1);
}
const old = named.length > 0 ? JSON.parse(readFileSync(record, "utf8")) : undefined;
const server = await start();
const results = new Map();
for (const version of versions) {
  const began = performance.now();
  results.set(version, chosen.includes(version) ? await runAll(version) : recorded(version, old));
  const seconds = Math.round((performance.now() - began) / 1000);
  console.error(`${version}: ${cases.length} argument lists, ${seconds} s`);
}
await lookAgain(results);
server.close();
const rows = cases.map((args, at) =>
  row(
    args,
    versions.map((version) => [version, results.get(version)[at]]),
  ),
);
const lie = (version) =>
  [...new Set(results.get(version).map(({ folder }) => folder))].filter(
    (name) => name !== undefined,
  );
const folders = Object.fromEntries(versions.map((version) => [version, lie(version)]));
const lines = (list) => list.map((item) => JSON.stringify(item)).join(",\n");
const head = `"files": ${JSON.stringify(files)},\n"folders": ${JSON.stringify(folders)}`;
writeFileSync(record, `{\n${head},\n"rows": [\n${lines(rows)}\n]\n}\n`);
