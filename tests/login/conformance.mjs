// The official conformance suite, with `mcpgen login` as its client, held to a score in both directions: one more
// failure is red, and one less too. What should be refused must be refused for its reason.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { here, node22, conformance as suite, suites } from "./packages.mjs";
import { run } from "./process.mjs";

/** Scenarios that pass where no token is fetched, and what mcpgen has to say against it. */
const refused = {
  "auth/resource-mismatch": /^error: .* describes the resource /m,
  "auth/iss-supported-missing": /^error: .* does not name its issuer/m,
  "auth/iss-wrong-issuer": /^error: .* names the issuer /m,
  "auth/iss-unexpected": /^error: .* names the issuer /m,
  "auth/iss-normalized": /^error: .* names the issuer /m,
  "auth/metadata-issuer-mismatch": /^error: .* names the issuer /m,
};

/** The suite runs extensions too, and judges them by nothing. */
const extension = /^auth\/(client-credentials|enterprise|dpop|wif)/;

/** How many sign-in scenarios passed, out of the suite's own summary. */
function score(text) {
  const all = Array.from(text.matchAll(/^([✓✗]) (auth\/\S+):/gm)).filter(
    ([, , name]) => !extension.test(name),
  );
  return `${all.filter(([, sign]) => sign === "✓").length} of ${all.length}`;
}

/** What mcpgen said in a scenario, if the suite has it: each has a folder, its name ending with the time. */
function words(results, name) {
  const [scenario, ...above] = name.split("/").reverse();
  const folder = join(results, ...above);
  const run = readdirSync(folder).find((entry) => entry.startsWith(`${scenario}-20`));
  return run && readFileSync(join(folder, run, "stderr.txt"), "utf8").trim();
}

function misrefused(results) {
  return Object.entries(refused).flatMap(([name, word]) => {
    const said = words(results, name);
    return said === undefined || word.test(said)
      ? []
      : [`${name} is refused for another reason: ${said}`];
  });
}

/** The end of a run that went wrong: the suite's summary, and what mcpgen said where it failed. */
function failures(results, { code, stdout, stderr }) {
  const [, summary] = stdout.split("=== SUITE SUMMARY ===");
  if (!summary) return [`the suite did not come to its end: exit ${code}`, stderr.trim()];
  const failed = Array.from(
    summary.matchAll(/^ {2}✗ (\S+)/gm),
    ([, name]) => `${name}: ${words(results, name)}`,
  );
  return [summary.trim(), ...failed];
}

export async function conformance(lab) {
  for (const [version, { args, passed }] of Object.entries(suites)) {
    await lab.check("conformance", `${version} ${args.join(" ")}`, async () => {
      const results = join(lab.scratch, version);
      const client = `'${process.execPath}' '${join(here, "suite.mjs")}' '${lab.mcpgen}'`;
      const known = ["--expected-failures", join(here, `conformance-${version}.yml`)];
      const all = [suite(version), "client", "--command", client, ...args, ...known, "-o", results];
      const env = { PATH: process.env.PATH, HOME: lab.scratch, TMPDIR: lab.scratch };
      const said = await run(node22(), all, { env, cwd: lab.scratch, seconds: 120 });
      const faults = said.code === 0 ? misrefused(results) : failures(results, said);
      if (score(said.stdout) !== passed)
        faults.unshift(`${score(said.stdout)} passed, not ${passed}`);
      if (faults.length > 0) throw new Error(faults.join("\n"));
      return score(said.stdout);
    });
  }
}
