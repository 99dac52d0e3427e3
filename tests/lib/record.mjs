// What the benches share that run real clients and record the results, from which they make a page.
import { writeFileSync } from "node:fs";

/** The clients that the options of a bench name: `[CLIENT… | --quick]`. Exits if one is unknown. */
export function selectClients(bench, all, options, isQuick) {
  const named = options.filter((option) => !option.startsWith("--"));
  const unknown = named.find((name) => !all.includes(name));
  if (unknown) {
    console.error(`${bench}: unknown client \`${unknown}\`\n  help: name one of ${all.join(", ")}`);
    process.exit(2);
  }
  if (named.length > 0) return named;
  return options.includes("--quick") ? all.filter(isQuick) : all;
}

/** Runs a function for each item, a few at once, because clients mostly wait. Returns the results. */
export async function atOnce(count, items, run) {
  const results = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [at, item] of queue) results[at] = await run(item);
  };
  await Promise.all(Array.from({ length: count }, worker));
  return results;
}

/** The date of a record. */
export const today = () => new Date().toISOString().slice(0, 10);

/** How many checks passed and failed. */
export class Tally {
  passed = 0;
  failed = 0;

  add(passed) {
    this[passed ? "passed" : "failed"] += 1;
  }

  /** Runs `run`. An exception is a failure of `name`, and the others still run. */
  async attempt(name, run) {
    try {
      await run();
    } catch (error) {
      this.add(false);
      console.log(`FAIL ${name}\n${String(error.stack).replace(/^/gm, "       ")}`);
    }
  }

  /** Prints the numbers, which decide the exit code. */
  end() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.failed === 0 ? 0 : 1;
  }
}

/**
 * With --record, writes a record to its file and its page. Otherwise, the page must be the one of the
 * recorded file. `page`: its path and its functions `write` and `isCurrent`; `help`: what makes it.
 */
export function keepRecord({ file, recorded, options, tally, page, help }) {
  if (options.includes("--record")) {
    const sorted = Object.entries(recorded).sort(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
    page.write();
  } else if (!page.isCurrent()) {
    tally.add(false);
    console.log(
      `FAIL ${page.path} is not what ${file.split("/").at(-1)} says\n       help: ${help}`,
    );
  }
}
