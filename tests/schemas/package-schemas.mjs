// Judges that use the schemas in the clients' npm packages.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { directoryOf } from "../lib/packages.mjs";
import { balanced, elsewhere, evaluate, lastBefore, positionOf } from "./bundled-code.mjs";
import { lostComplaints } from "./shapes.mjs";
import { ajv, validators } from "./validators.mjs";

/** A path in the directory that a package is installed in. */
const installed = (pin, ...path) => join(directoryOf(pin), "node_modules", ...path);

/** Imports a module that is installed with a client. */
const importFrom = (name, ...path) => import(pathToFileURL(installed(validators[name], ...path)));

/** The code of a client's bundle. */
const bundleOf = (client) => readFileSync(installed(client, client.package, client.bundle), "utf8");

/** The complaints of a Zod schema, including the fields that it drops. */
function zodComplaints(schema, value, section) {
  const { success, data, error } = schema.safeParse(value);
  if (success) return lostComplaints(value, data, { section });
  return error.issues.map(({ path, message }) => `${[section, ...path].join(".")}: ${message}`);
}

/** Parses YAML. */
export async function parseYaml(text) {
  const { parse } = await importFrom("continue", "yaml", "dist", "index.js");
  return parse(text);
}

/** MCPorter: the schema of its file. */
async function mcporter({ text }) {
  const { RawConfigSchema } = await importFrom("mcporter", "mcporter", "dist", "config-schema.js");
  return zodComplaints(RawConfigSchema, JSON.parse(text));
}

/** Continue: the schema of its file. */
async function continueBlock({ client, text }) {
  const path = [client.package, "dist", "schemas", "index.js"];
  const { configYamlSchema } = await importFrom("continue", ...path);
  return zodComplaints(configYamlSchema, await parseYaml(text));
}

/** Cline: the function that loads its file. */
async function cline({ client, text, home }) {
  const { loadMcpSettingsFile } = await importFrom("cline", "@cline", "core", "dist", "index.js");
  const filePath = join(home, "settings.json");
  writeFileSync(filePath, text);
  let loaded;
  try {
    loaded = loadMcpSettingsFile({ filePath });
  } catch (error) {
    return [error.message];
  }
  const read = Object.entries(loaded.mcpServers).map(([name, { transport, ...entry }]) => {
    const elsewhere = Object.keys(client.elsewhere).map((field) => [
      field,
      JSON.parse(text).mcpServers[name][field],
    ]);
    const fields = { ...transport, ...entry, timeout: entry.timeoutSeconds };
    return [name, { ...Object.fromEntries(elsewhere), ...fields }];
  });
  return lostComplaints(JSON.parse(text).mcpServers, Object.fromEntries(read));
}

/** Kimi Code: the schema of an entry, which its bundle makes with the functions of Zod. */
async function kimiSchema(client) {
  const code = bundleOf(client);
  const fields = positionOf(code, "McpServerCommonFields = {");
  const { start } = lastBefore(code, /StringRecordSchema(\$\d+)? = /g, fields);
  const end = positionOf(code, "McpServerConfigSchema = preprocess(", fields);
  const { z } = await importFrom("mcporter", "zod", "index.js");
  const lookUp = (name) =>
    name === "_enum" ? z.enum : (z[name.replace(/\$\d+$/, "")] ?? globalThis[name]);
  const expression = `preprocess${balanced(code, code.indexOf("(", end))}`;
  return evaluate(code.slice(start, end), expression, lookUp);
}

async function kimiCode({ client, text }) {
  const schema = await kimiSchema(client);
  const entries = Object.entries(JSON.parse(text).mcpServers);
  return entries.flatMap(([name, entry]) => zodComplaints(schema, entry, name));
}

/** VS Code: the JSON schema of mcp.json. One variable has the schema of a local server. */
function vscodeSchema(client) {
  const code = bundleOf(client);
  const servers = positionOf(code, "servers:{examples:");
  const local = lastBefore(code, /([\w$]+)=\{type:"object",additionalProperties:!1,/g, servers);
  const whole = lastBefore(code, /[\w$]+=(?=\{id:)/g, servers);
  const name = local.match[1];
  const statement = `${name} = ${balanced(code, local.start + name.length + 1)}`;
  const expression = balanced(code, whole.start + whole.match[0].length);
  const { id: _, ...schema } = evaluate(statement, expression, elsewhere);
  return JSON.parse(JSON.stringify(schema)); // without what is defined elsewhere
}

function vscode({ client, text }) {
  const require = createRequire(installed(ajv, "ajv", "package.json"));
  const validator = new (require("ajv"))({ strict: false, allErrors: true });
  require("ajv-formats")(validator);
  const validate = validator.compile(vscodeSchema(client));
  if (validate(JSON.parse(text))) return [];
  return validate.errors.map(({ instancePath, message, params }) => {
    const field = params.additionalProperty;
    return `${instancePath}: ${message}${field ? `: unknown field \`${field}\`` : ""}`;
  });
}

export const packageJudges = { mcporter, continueBlock, cline, kimiCode, vscode };
