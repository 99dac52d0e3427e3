// Judges that run a client, or a program of its package, on a file.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { programOf, pythonOf } from "../lib/packages.mjs";
import { newerNodeDirectory } from "../lib/pinned.mjs";
import { describeRun, runProgram } from "../lib/process.mjs";
import { knownFields } from "./known-fields.mjs";
import { parseYaml } from "./package-schemas.mjs";
import { lostComplaints, unknownComplaints } from "./shapes.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/** Puts a string into a file, and makes the directories that the file needs. */
function put(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Runs a client's command in a home directory that contains only the file. */
async function runClient({ client, home, text }) {
  put(join(home, client.file), text);
  const env = { PATH: process.env.PATH, HOME: home, NODE_NO_WARNINGS: "1", ...client.env };
  if (client["newer-node"]) env.PATH = `${newerNodeDirectory()}:${env.PATH}`;
  return runProgram(programOf(client), client.command.slice(1), { env, cwd: home });
}

/** The client prints what it complains about, and may fail. */
async function complains(subject) {
  const { client } = subject;
  const run = await runClient(subject);
  const lines = `${run.stdout}\n${run.stderr}`.split("\n");
  const complaints = lines
    .filter((line) => new RegExp(client.says).test(line))
    .map((l) => l.trim());
  if (complaints.length > 0) return complaints;
  if (run.code !== 0) return [describeRun(run)];
  if (client.shows && !run.stdout.includes(client.shows) && !run.stderr.includes(client.shows))
    throw new Error(`it does not show \`${client.shows}\`\n${describeRun(run)}`);
  return [];
}

/** The client complains about wrong values only. Its source code names the fields. */
async function complainsAndNames(subject) {
  const { name, client, text } = subject;
  const known = knownFields(name, client);
  return [
    ...unknownComplaints(JSON.parse(text)[client.section], known),
    ...(await complains(subject)),
  ];
}

/** The client prints the section as it read it: unknown fields are absent. */
async function prints(subject) {
  const { client, text } = subject;
  const run = await runClient(subject);
  if (run.code !== 0) return [describeRun(run)];
  const read = JSON.parse(run.stdout.slice(run.stdout.indexOf("{")));
  const { section, masks: mask } = client;
  return lostComplaints(JSON.parse(text)[section], read[section] ?? {}, { section, mask });
}

/** Goose validates recipes, whose extensions have the same type as those of its file. */
async function recipe(subject) {
  const { extensions } = await parseYaml(subject.text);
  const listed = { version: "1.0.0", title: "t", description: "d", prompt: "p" };
  const text = JSON.stringify({ ...listed, extensions: Object.values(extensions) });
  return complains({ ...subject, text });
}

/** The models of a Python package. */
async function models({ name, client, home, text }) {
  const path = join(home, "file");
  put(path, text);
  const run = await runProgram(pythonOf(client), [join(here, "models.py"), name, path], {
    env: { PATH: process.env.PATH, HOME: home },
  });
  if (run.code !== 0) throw new Error(describeRun(run));
  return JSON.parse(run.stdout);
}

export const runningJudges = { complains, complainsAndNames, prints, recipe, models };
