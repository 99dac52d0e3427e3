// Finds the names of an entry's fields in a client's source code, for clients whose validator ignores
// unknown fields.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { directoryOf } from "../lib/packages.mjs";

/** The index after a string literal that begins at `start`. */
function afterString(text, start) {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start]) at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** The keys of the object literal that begins at `start`. The keys of nested objects do not count. */
export function keysOfLiteral(text, start) {
  const keys = [];
  let depth = 0;
  let isKey = false; // the position is where a key can begin
  for (let at = start; at < text.length; ) {
    const here = text[at];
    if ("\"'`".includes(here)) at = afterString(text, at);
    else if (isKey && depth === 1 && /[\w$]/.test(here)) {
      const [name] = /^[\w$]+/.exec(text.slice(at, at + 100));
      keys.push(name);
      isKey = false;
      at += name.length;
    } else {
      if ("{[(".includes(here)) depth += 1;
      if ("}])".includes(here)) depth -= 1;
      if (depth === 0) break;
      isKey = here === "{" || here === "," || (isKey && /\s/.test(here));
      at += 1;
    }
  }
  return keys;
}

/** Claude Code: the program contains the Zod schema of each transport as text. */
function claudeCode(client) {
  const path = join(directoryOf(client), "node_modules", client.package, "bin", "claude.exe");
  const program = readFileSync(path);
  const firsts = [/^\w+\("stdio"\)/, /^\w+\("sse"\)/, /^\w+\(\["http","streamable-http"\]\)/];
  const keys = firsts.map(() => []);
  for (let at = program.indexOf("({type:"); at >= 0; at = program.indexOf("({type:", at + 1)) {
    const text = program.toString("latin1", at + 1, at + 4000);
    const schema = firsts.findIndex((first) => first.test(text.slice("{type:".length)));
    if (schema >= 0 && keys[schema].length === 0) keys[schema] = keysOfLiteral(text, 0);
  }
  if (keys.some((found) => found.length === 0))
    throw new Error("a schema of a transport not found");
  return new Set(keys.flat());
}

/** Qwen Code: the constructor of a class sets every field of an entry. */
function qwenCode(client) {
  const directory = join(directoryOf(client), "node_modules", client.package, "chunks");
  for (const name of readdirSync(directory).filter((file) => file.endsWith(".js"))) {
    const text = readFileSync(join(directory, name), "utf8");
    const start = text.indexOf("MCPServerConfig = class {");
    if (start < 0) continue;
    const body = text.slice(start, text.indexOf("static {", start));
    return new Set([...body.matchAll(/this\.(\w+) =/g)].map(([, field]) => field));
  }
  throw new Error("the class of an entry not found");
}

const finders = { "claude-code": claudeCode, "qwen-code": qwenCode };
const found = new Map();

/** The names of the fields that a client's source code names. */
export function knownFields(name, client) {
  if (!found.has(name)) found.set(name, finders[name](client));
  return found.get(name);
}
