// The verdicts of a client and of doctor about one file: which of its servers work.
//
// The entries of every file have the same names. `good` is correct. `odd` and `odd one` may be
// incorrect. `off` is disabled: it may be absent from the client's list.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { here as accept, copyFilledIn, listCommand } from "../accept/scratch-home.mjs";
import { parsers } from "../lib/client-lists.mjs";
import { runProgram } from "../lib/process.mjs";

// Every program that an entry starts is the MCP server of the bench.
const programs = ["npx", "uvx", "mcp-server-time"];

// The codes of findings because of which no server of the file works.
const ofTheFile = ["unreadable", "syntax", "shape", "comments", "section", "byte-order-mark"];
// The codes of findings about what the server gets: the client lists it, and may connect to it.
const afterTheStart = ["unreplaced", "placeholder"];

/** Makes a directory with programs that start the MCP server. */
export function makePrograms(directory, server) {
  mkdirSync(directory);
  const script = `#!/bin/sh\nACCEPT=yes exec "${process.execPath}" "${server}"\n`;
  for (const program of programs) writeFileSync(join(directory, program), script, { mode: 0o755 });
}

/** Writes a client's file into a new home directory. Returns the names of its entries. */
export function prepareHome(home, client, bytes, values) {
  mkdirSync(join(home, "project"), { recursive: true });
  if (client.settings)
    copyFilledIn(join(accept, "home", client.settings), join(home, client.settings), values);
  const path = join(home, client.file);
  mkdirSync(dirname(path), { recursive: true });
  const text = bytes.toString("latin1").replaceAll("@URL@", values.URL);
  writeFileSync(path, text, "latin1");
  const has = (name) => new RegExp(`(["'.]|^ *|name = "|name: )${name}(["'\\]]|:\\s| =)`, "m");
  return ["good", "odd", "odd one"].filter((name) => has(name).test(text));
}

const run = (program, args, home, { path, env = {} }) =>
  runProgram(program, args, {
    cwd: join(home, "project"),
    env: {
      PATH: path,
      HOME: home,
      USER: "someone",
      TMPDIR: dirname(home),
      NODE_NO_WARNINGS: "1",
      ...env,
    },
  });

/** The names of the entries that the client lists, and connects to if its list does that. */
export async function clientVerdict(name, client, home, { path, values }) {
  const { program, args, env } = listCommand(client, values, path);
  const { stdout, stderr } = await run(program, args, home, { path, env });
  let listed = [];
  try {
    listed = parsers[name](stdout.trim() || stderr);
  } catch {} // a client that rejects its file prints no list
  const works = ([, { status = "" }]) => !client.connects || /(^|\W)connected$/i.test(status);
  return { works: listed.filter(works).map(([entry]) => entry), said: `${stdout}\n${stderr}` };
}

/** Whether a finding says that an entry does not work. */
function isAgainst(entry, { code, cause }) {
  if (ofTheFile.includes(code) || /rejects the whole file|cannot read the file/.test(cause))
    return true;
  return /ignores|does not use `|cannot connect/.test(cause) && cause.includes(`\`${entry}\` in `);
}

/** The names of the entries that work according to doctor, and what else it calls broken. */
export async function doctorVerdict(mcpgen, client, home, { names, path }) {
  const { stdout } = await run(mcpgen, ["doctor", "--json"], home, { path });
  // A client that only lists its servers does not say whether it can connect.
  const ignored = client.connects ? afterTheStart : [...afterTheStart, "url"];
  const findings = JSON.parse(stdout).filter(({ code }) => !ignored.includes(code));
  const works = names.filter((name) => !findings.some((finding) => isAgainst(name, finding)));
  const isUnexplained = (finding) =>
    finding.severity === "broken" && !names.some((name) => isAgainst(name, finding));
  const broken = findings.filter(isUnexplained).map(({ cause }) => cause);
  return { works, broken, said: findings.map(({ code, cause }) => `${code}: ${cause}`) };
}
