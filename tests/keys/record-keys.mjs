#!/usr/bin/env node
// Records how real bridges interpret their arguments: starts a version of every era of mcp-remote
// with every list in argument-lists.mjs, until it opens a browser or exits, and writes the
// resulting cache keys to recorded.json.
//
//   tests/keys/record-keys.mjs [VERSION…]
//
// If versions are named, only those are recorded again.
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
import { programOf, requirePackages } from "../lib/packages.mjs";
import { remote } from "../lib/pinned.mjs";
import { killGroup } from "../lib/process.mjs";
import { cases, env, files, versions } from "./argument-lists.mjs";
import { start } from "./sign-in-server.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const recordFile = join(here, "recorded.json");
const secondsPerBridge = 30;

// ---- one bridge ----

/**
 * The cache key in the first file name that has one, and its directory. A log is in the directory
 * above.
 */
function findKey(base) {
  for (const entry of readdirSync(base, { recursive: true })) {
    const [, directory, key] = /^(?:(.*)\/)?([0-9a-f]{32})_(?!debug)/.exec(entry) ?? [];
    if (key) return { directory: directory ?? "", key };
  }
  return undefined;
}

const registeredRedirect = (base, { directory, key }) => {
  const path = join(base, directory, `${key}_client_info.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).redirect_uris?.[0] : undefined;
};

const requestedRedirect = (browser) =>
  new URL(readFileSync(browser, "utf8").trim()).searchParams.get("redirect_uri");

/** Starts a bridge in a new home until its key is known. */
async function record(version, args) {
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
  const child = spawn(programOf(remote(version)[1]), args, {
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
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise((done) => child.on("close", () => done("ended")));
  const outcome = await Promise.race([ended, watch(base, browser)]);
  killGroup(child);
  await ended;
  const found = findKey(base);
  const result =
    outcome === "ended" || !found
      ? { refused: true }
      : {
          ...found,
          redirect:
            (existsSync(browser) ? requestedRedirect(browser) : registeredRedirect(base, found)) ??
            null,
        };
  rmSync(home, { recursive: true, force: true });
  if (outcome === "ended" && /already in use|EADDRINUSE/.test(stderr))
    throw new Error(`a port is in use\n${stderr}`);
  if (outcome === "late")
    throw new Error(
      `${version} ${JSON.stringify(args)}: no key within ${secondsPerBridge} s\n${stderr}`,
    );
  return result;
}

/** Waits until a browser is opened or a token set is stored. */
async function watch(base, browser) {
  for (let waited = 0; waited < secondsPerBridge * 1000; waited += 20) {
    if (existsSync(browser)) return "browser";
    if (readdirSync(base, { recursive: true }).some((name) => name.endsWith("_tokens.json")))
      return "tokens";
    await new Promise((done) => setTimeout(done, 20));
  }
  return "late";
}

// ---- all of them ----

/** Tries twice: a port may be in use for a moment. */
const recordTwice = (version, args) => record(version, args).catch(() => record(version, args));

/**
 * The outcomes of a version, in the order of the lists. One after the other, because many lists
 * have the same port.
 */
async function recordAll(version) {
  const results = [];
  for (const args of cases) results.push(await recordTwice(version, args));
  return results;
}

/** The outcomes of one argument list; versions with the same outcome are together. */
function row(args, outcomes) {
  const groups = new Map();
  for (const [version, { directory, ...outcome }] of outcomes) {
    const text = JSON.stringify(outcome);
    groups.set(text, [...(groups.get(text) ?? []), version]);
  }
  return {
    args,
    outcomes: [...groups].map(([text, versions]) => ({ ...JSON.parse(text), versions })),
  };
}

/** The recorded outcomes of a version, in the order of the lists; undefined for a new list. */
function recorded(version, { rows, directories }) {
  const known = new Map(rows.map(({ args, outcomes }) => [JSON.stringify(args), outcomes]));
  return cases.map((args) => {
    const outcome = known
      .get(JSON.stringify(args))
      ?.find(({ versions }) => versions.includes(version));
    if (!outcome) return undefined;
    const { versions: _, ...rest } = outcome;
    return rest.key ? { directory: directories[version][0], ...rest } : rest;
  });
}

/**
 * Records again every redirect URL that differs from the previous version's: an old bridge may have
 * used another port.
 */
async function recordDoubtfulAgain(results) {
  for (let at = 1; at < versions.length; at++) {
    const [before, here] = [results.get(versions[at - 1]), results.get(versions[at])];
    for (const [row, args] of cases.entries()) {
      const doubtful =
        before[row].key === here[row].key && before[row].redirect !== here[row].redirect;
      if (doubtful) here[row] = await recordTwice(versions[at], args);
      const first = at === 1 && doubtful;
      if (first) before[row] = await recordTwice(versions[0], args);
    }
  }
}

const named = process.argv.slice(2);
const chosen = named.length > 0 ? named : versions;
requirePackages(versions.map(remote));
const old = named.length > 0 ? JSON.parse(readFileSync(recordFile, "utf8")) : undefined;
const server = await start();
const results = new Map();
for (const version of versions) {
  const began = performance.now();
  results.set(
    version,
    chosen.includes(version) ? await recordAll(version) : recorded(version, old),
  );
  const seconds = Math.round((performance.now() - began) / 1000);
  console.error(`${version}: ${cases.length} argument lists, ${seconds} s`);
}
await recordDoubtfulAgain(results);
server.close();
const rows = cases.map((args, at) =>
  row(
    args,
    versions.map((version) => [version, results.get(version)[at]]),
  ),
);
const lie = (version) =>
  [...new Set(results.get(version).map(({ directory }) => directory))].filter(
    (name) => name !== undefined,
  );
const directories = Object.fromEntries(versions.map((version) => [version, lie(version)]));
const lines = (list) => list.map((item) => JSON.stringify(item)).join(",\n");
const head = `"files": ${JSON.stringify(files)},\n"directories": ${JSON.stringify(directories)}`;
writeFileSync(recordFile, `{\n${head},\n"rows": [\n${lines(rows)}\n]\n}\n`);
