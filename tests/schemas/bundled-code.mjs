// Finds and evaluates the source code of a schema in the bundle of a program.
import vm from "node:vm";

/** The source code from a bracket to the bracket that closes it. */
export function balanced(code, start) {
  let depth = 0;
  for (let at = start; at < code.length; at += 1) {
    if ("{[(".includes(code[at])) depth += 1;
    if ("}])".includes(code[at])) depth -= 1;
    if (depth === 0) return code.slice(start, at + 1);
  }
  throw new Error("a bracket is not closed");
}

/** The last match of a pattern in the 20,000 characters before a position, and where it begins. */
export function lastBefore(code, pattern, end) {
  const first = Math.max(0, end - 20_000);
  const match = [...code.slice(first, end).matchAll(pattern)].at(-1);
  if (!match) throw new Error(`\`${pattern}\` is not before position ${end}`);
  return { match, start: first + match.index };
}

/** The position of a string that must be in the code. */
export function positionOf(code, text, from = 0) {
  const at = code.indexOf(text, from);
  if (at < 0) throw new Error(`\`${text}\` is not in the bundle`);
  return at;
}

/** Evaluates an expression after some statements. `lookUp` gives the values of all other names. */
export function evaluate(statements, expression, lookUp) {
  const get = (own, name) =>
    name === Symbol.unscopables || Object.hasOwn(own, name) ? own[name] : lookUp(name);
  const scope = new Proxy({}, { has: () => true, get });
  const code = `with (scope) { ${statements}; return ${expression}; }`;
  return vm.compileFunction(code, ["scope"])(scope);
}

/** Stands for a value that is defined elsewhere and that a schema does not need, such as a description. */
export const elsewhere = () =>
  new Proxy(() => {}, {
    apply: elsewhere,
    get: (_, name) => (typeof name === "symbol" ? undefined : elsewhere()),
    ownKeys: () => [],
  });
