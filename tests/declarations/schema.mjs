// Two validators, ajv and Python's jsonschema, judge declarations with the JSON Schema of mcpgen: they accept what
// `mcpgen check` accepts, and refuse what it refuses by shape.
//
//   node tests/declarations/schema.mjs MCPGEN SCRATCH
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { directoryOf, pythonOf, requirePackages } from "../lib/packages.mjs";

const pins = {
  ajv: {
    package: "ajv",
    version: "8.20.0",
    beside: { "smol-toml": "1.9.1" },
    directory: "declaration-schema",
  },
  jsonschema: {
    package: "jsonschema",
    version: "4.26.0",
    command: ["jsonschema"],
    python: "python3",
  },
};
const [mcpgen, scratch] = process.argv.slice(2);
const here = import.meta.dirname;
const root = join(here, "../..");
requirePackages(Object.entries(pins));
const require = createRequire(join(directoryOf(pins.ajv), "node_modules/"));
const Ajv = require("ajv");
const toml = require("smol-toml");

const run = (args) =>
  spawnSync(mcpgen, args, {
    encoding: "utf8",
    env: { HOME: scratch, PATH: process.env.PATH },
  });
const schema = JSON.parse(run(["schema"]).stdout);

/** The declarations: those of the repository and its pages, which are valid, and the shapes that are not. */
const cases = [];
for (const directory of ["examples", "tests/declarations/valid"]) {
  for (const name of readdirSync(join(root, directory)).filter((name) => name.endsWith(".toml"))) {
    cases.push({ name, text: readFileSync(join(root, directory, name), "utf8"), valid: true });
  }
}
const pages = readdirSync(join(root, "docs"), { recursive: true }).filter((name) =>
  name.endsWith(".md"),
);
for (const name of ["../README.md", ...pages]) {
  const blocks = readFileSync(join(root, "docs", name), "utf8")
    .split("```toml\n")
    .slice(1);
  for (const block of blocks) {
    const text = block.split("\n```")[0];
    if (text.includes("# to decide")) continue;
    const clients = /^clients/m.test(text) ? "" : 'clients = ["cursor"]\n';
    cases.push({ name, text: clients + text, valid: true });
  }
}
for (const line of readFileSync(join(here, "schema-refuses.txt"), "utf8").trim().split("\n")) {
  const at = line.indexOf(": ");
  const text = line
    .slice(at + 2)
    .replace("$", 'clients = ["cursor"]#[servers.a]#')
    .replaceAll(/#(?=[a-z[])/g, "\n");
  cases.push({ name: line.slice(0, at), text, valid: false });
}

const failures = [];
const ajv = new Ajv({
  strict: true,
  strictRequired: false,
  allErrors: true,
  allowUnionTypes: true,
});
const validate = ajv.compile(schema);
for (const [at, one] of cases.entries()) {
  const path = join(scratch, `${at}.toml`);
  const text = one.text.replace(/^\ufeff/, "");
  writeFileSync(path, one.text);
  one.value = toml.parse(text, { integersAsBigInt: false });
  const checked = run(["check", "-f", path]).status === 0;
  if (checked !== one.valid) failures.push(`check ${checked ? "accepts" : "refuses"}: ${one.name}`);
  if (validate(one.value) !== one.valid) {
    failures.push(`ajv: ${one.name}: ${ajv.errorsText(validate.errors) || "accepted"}`);
  }
}

const judge = `
import json, sys
from jsonschema import Draft7Validator
schema, values = json.load(sys.stdin)
Draft7Validator.check_schema(schema)
validator = Draft7Validator(schema)
print(json.dumps([validator.is_valid(value) for value in values]))
`;
const input = JSON.stringify([schema, cases.map((one) => one.value)]);
const judged = spawnSync(pythonOf(pins.jsonschema), ["-c", judge], { encoding: "utf8", input });
if (judged.status !== 0) failures.push(`jsonschema: ${judged.stderr}`);
else {
  for (const [at, valid] of JSON.parse(judged.stdout).entries()) {
    if (valid !== cases[at].valid) failures.push(`jsonschema: ${cases[at].name}`);
  }
}

const valid = cases.filter((one) => one.valid).length;
console.log(
  `schema: ajv and jsonschema accept ${valid} declarations and refuse ${cases.length - valid}`,
);
for (const failure of failures) console.error(`FAIL ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);
