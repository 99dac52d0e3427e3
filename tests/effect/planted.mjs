// The bench must find what it looks for: planted clients misbehave, and turn exactly the expected columns red.
import { join } from "node:path";
import { describeRun } from "../lib/process.mjs";
import { atOnce } from "../lib/record.mjs";
import { checks } from "./checks.mjs";
import { here } from "./clients.mjs";
import { bridges } from "./effect-home.mjs";
import { runRound } from "./round.mjs";

/** For each behaviour of planted-client.mjs: the reasons that the failing checks give, by column. */
const expected = {
  honest: {},
  "replaces the launch": {
    signed: ["requests came without our token", "a sign-in was started: /register"],
    launched: ["was not started"],
  },
  "also connects itself": {
    signed: ["requests came without our token", "a sign-in was started: /register"],
    keyed: ["requests came without the API token"],
  },
  "offers hidden tools": {
    keyed: ["`mcpgen exec keyed` was not started"],
    denied: ["cinder was offered", "cinder was called"],
    "denied-local": ["ember was offered", "ember was called"],
    allowed: [
      "granite was offered",
      "granite was called",
      "harbor was offered",
      "harbor was called",
    ],
  },
  "calls hidden tools": {
    keyed: ["`mcpgen exec keyed` was not started"],
    denied: ["cinder was called"],
    "denied-local": ["ember was called"],
    allowed: ["granite was called", "harbor was called"],
  },
  "starts nothing": {
    signed: ["the server was not reached"],
    launched: ["was not started"],
    keyed: ["`mcpgen exec keyed` was not started", "the server was not reached"],
    denied: ["beacon was not offered", "nobody tried to call cinder"],
    local: ["did not write `dynamo`"],
    "denied-local": ["dynamo was not offered", "nobody tried to call ember"],
    allowed: [
      "beacon was not offered",
      "nobody tried to call granite",
      "dynamo was not offered",
      "nobody tried to call harbor",
    ],
  },
  "gives up": {
    keyed: ["the server was not reached"],
    local: ["did not write `dynamo`"],
    "denied-local": ["nobody tried to call ember"],
    allowed: ["nobody tried to call granite", "nobody tried to call harbor"],
  },
  "opens a page": { signed: ["a page was opened"] },
  "starts a disabled server": {
    disabled: ["the disabled server was started", "its tool was offered"],
  },
};

/** The columns whose reasons are not the expected ones. */
function differences(columns, reasonsOf) {
  return columns.flatMap(([column, reasons]) => {
    const words = reasonsOf[column] ?? [];
    const isFound = words.length === reasons.length;
    if (isFound && words.every((word, at) => reasons[at].includes(word))) return [];
    const list = (all) => all.join(", ") || "nothing";
    return [`${column}: expected ${list(words)}; the bench found ${list(reasons)}`];
  });
}

async function runPlanted(mcpgen, scratch, behaviour, bridge) {
  const directory = join(scratch, `planted ${behaviour} ${bridge}`.replaceAll(" ", "-"));
  const client = {
    program: process.execPath,
    command: ["node", join(here, "planted-client.mjs"), behaviour, "@MODEL@"],
    env: {},
    settings: [],
  };
  const round = await runRound({ mcpgen, directory, name: "cursor", client, bridge });
  const errors = differences(round.columns, expected[behaviour]);
  const passed = errors.length === 0 && round.run.code === 0;
  console.log([passed ? "ok  " : "FAIL", "planted:", behaviour.padEnd(30), bridge].join(" "));
  if (passed) return true;
  for (const error of errors) console.log(`       ${error}`);
  console.log(describeRun(round.run).slice(-2000).replace(/^/gm, "       "));
  return false;
}

/** Runs each planted client with each bridge. Returns whether each round turned the expected columns red. */
export async function runPlantedClients(mcpgen, scratch) {
  const red = new Set(Object.values(expected).flatMap(Object.keys));
  const neverRed = Object.keys(checks).filter((column) => !red.has(column));
  if (neverRed.length > 0) throw new Error(`no planted client turns ${neverRed.join(", ")} red`);
  const rounds = Object.keys(expected).flatMap((behaviour) =>
    Object.keys(bridges).map((bridge) => [behaviour, bridge]),
  );
  return atOnce(2, rounds, ([behaviour, bridge]) => runPlanted(mcpgen, scratch, behaviour, bridge));
}
