// The official conformance suite with `mcpgen login` as its client. The score is fixed in both
// directions: one failure more is an error, and one failure less too. What must be refused must be
// refused for the right reason.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { conformanceScript, conformanceVersions, node22 } from "../lib/pinned.mjs";
import { runProgram } from "../lib/process.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/** Scenarios that pass if no token is fetched, and the error that mcpgen must print in each. */
const refusals = {
  "auth/resource-mismatch": /^error: .* describes the resource /m,
  "auth/iss-supported-missing": /^error: .* does not name its issuer/m,
  "auth/iss-wrong-issuer": /^error: .* names the issuer /m,
  "auth/iss-unexpected": /^error: .* names the issuer /m,
  "auth/iss-normalized": /^error: .* names the issuer /m,
  "auth/metadata-issuer-mismatch": /^error: .* names the issuer /m,
};

/** Scenarios of extensions that mcpgen supports, and of these, those that only the newer suite has. */
const supported = ["auth/client-credentials-basic", "auth/client-credentials-jwt"];
const newer = ["auth/enterprise-managed-authorization", "auth/wif-jwt-bearer"];

/** The suite also runs extensions, which it does not score. */
const extension = /^auth\/(client-credentials|enterprise|dpop|wif)/;

/** How many sign-in scenarios passed, from the suite's own summary. */
function score(output) {
  const lines = Array.from(output.matchAll(/^([✓✗]) (auth\/\S+):/gm));
  const scored = lines.filter(([, , name]) => !extension.test(name));
  return `${scored.filter(([, sign]) => sign === "✓").length} of ${scored.length}`;
}

/**
 * The stderr of mcpgen in a scenario. The suite keeps a directory for each, whose name ends with
 * the time.
 */
function stderrOf(results, name) {
  const [scenario, ...parents] = name.split("/").reverse();
  const parent = join(results, ...parents);
  const directory = readdirSync(parent).find((entry) => entry.startsWith(`${scenario}-20`));
  return directory && readFileSync(join(parent, directory, "stderr.txt"), "utf8").trim();
}

function wrongRefusals(results) {
  return Object.entries(refusals).flatMap(([name, reason]) => {
    const stderr = stderrOf(results, name);
    if (stderr === undefined || reason.test(stderr)) return [];
    return [`${name} is refused for another reason: ${stderr}`];
  });
}

/** Why a run failed: the suite's summary, and the stderr of mcpgen in each failed scenario. */
function failures(results, { code, stdout, stderr }) {
  const [, summary] = stdout.split("=== SUITE SUMMARY ===");
  if (!summary) return [`the suite did not finish: exit ${code}`, stderr.trim()];
  const names = Array.from(summary.matchAll(/^ {2}✗ (\S+)/gm), ([, name]) => name);
  return [summary.trim(), ...names.map((name) => `${name}: ${stderrOf(results, name)}`)];
}

/** Runs the suite with `mcpgen login` as its client. */
function runClient(lab, version, args) {
  const client = `'${process.execPath}' '${join(here, "login-suite-client.mjs")}' '${lab.mcpgen}'`;
  const suite = [conformanceScript(version), "client", "--command", client];
  const env = { PATH: process.env.PATH, HOME: lab.scratch, TMPDIR: lab.scratch };
  return runProgram(node22(), [...suite, ...args], { env, cwd: lab.scratch, seconds: 120 });
}

async function runSuite(lab, version, { args, passed }) {
  const results = join(lab.scratch, version);
  const known = ["--expected-failures", join(here, `conformance-${version}.yml`)];
  const run = await runClient(lab, version, [...args, ...known, "-o", results]);
  const errors = run.code === 0 ? wrongRefusals(results) : failures(results, run);
  if (score(run.stdout) !== passed) errors.unshift(`${score(run.stdout)} passed, not ${passed}`);
  if (errors.length > 0) throw new Error(errors.join("\n"));
  return score(run.stdout);
}

async function runScenario(lab, version, scenario) {
  const results = join(lab.scratch, `${version}-extensions`);
  const run = await runClient(lab, version, ["--scenario", scenario, "-o", results]);
  if (run.code !== 0) throw new Error(run.stdout + stderrOf(results, scenario));
  return "passed";
}

export async function conformance(lab) {
  for (const [version, expected] of Object.entries(conformanceVersions)) {
    const name = `${version} ${expected.args.join(" ")}`;
    await lab.check("conformance", name, () => runSuite(lab, version, expected));
    const scenarios = version === "0.1.16" ? supported : [...supported, ...newer];
    for (const scenario of scenarios) {
      const name = `${version} ${scenario}`;
      await lab.check("conformance", name, () => runScenario(lab, version, scenario));
    }
  }
}
