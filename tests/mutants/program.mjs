// Lists the changes of cargo-mutants that no test of whole commands and no unit test finds. For each change, only the
// program is built; the tests of whole commands are built once and start it by its path. The unit tests run if they find
// nothing.
//   node tests/mutants/program.mjs [OPTION…]
// The options are those of `cargo mutants --list`, for example -f 'src/plan/**'. The results are in
// target/mutants/program/outcomes.json.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// The modules of tests, in groups: no group runs after one that has found the change.
const WHOLE_COMMANDS = [
  "ownership owners losses switches",
  "records several_machines shared_file foreign_fields layouts round_trips",
  "golden layers locations profiles in_place include encoded commands bridge_env passed_on",
  "completions crash homes import list output setup uninstall",
];
const UNIT = "plan ledger";
const SECONDS = 120;
const directory = "target/mutants/program";
const source = join(directory, "source");
const options = { cwd: source, encoding: "utf8", maxBuffer: 1 << 28 };

function run(program, args, more = {}) {
  return spawnSync(program, args, { ...options, ...more });
}

function copySource() {
  const old = readdirSync(source).filter((name) => name !== "target");
  for (const name of old) rmSync(join(source, name), { recursive: true });
  const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" });
  for (const file of files.split("\0").filter(Boolean)) {
    cpSync(file, join(source, file), { verbatimSymlinks: true });
  }
}

// Builds the program and the tests, and returns the path of the tests.
function buildTests() {
  const args = ["test", "--locked", "--no-run", "--test", "main", "--message-format", "json"];
  const built = run("cargo", args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = built.stdout.split("\n").filter((line) => line.startsWith("{"));
  const messages = lines.map((line) => JSON.parse(line));
  const tests = messages.find((message) => message.target?.name === "main" && message.executable);
  if (built.status !== 0 || !tests) throw new Error("the tests cannot be built");
  return tests.executable;
}

// `timeout` also stops the programs that a test started, and exits with status 124.
function outcomeOf(tests) {
  const build = run("cargo", ["build", "--quiet", "--locked", "--bin", "mcpgen"]);
  if (build.status !== 0) return "does not compile";
  const filters = (modules) => modules.split(" ").map((module) => `${module}::`);
  const commands = WHOLE_COMMANDS.map((modules) => [tests, ...filters(modules)]);
  commands.push(["cargo", "test", "--quiet", "--locked", "--lib", "--", ...filters(UNIT)]);
  for (const command of commands) {
    const tried = run("timeout", [`${SECONDS}`, ...command]);
    if (tried.status === 124) return "endless loop";
    if (tried.status !== 0) return "found";
  }
  return "survived";
}

function patch(diff, ...args) {
  const patched = run("patch", ["--silent", "-p0", ...args], { input: diff });
  if (patched.status !== 0) throw new Error(patched.stdout);
}

function printTable(outcomes) {
  const columns = ["found", "does not compile", "endless loop", "survived"];
  for (const file of new Set(outcomes.map((one) => one.file))) {
    const own = outcomes.filter((one) => one.file === file);
    const counts = columns.map((column) => own.filter((one) => one.outcome === column).length);
    console.log(`| \`${file.replace("src/", "")}\` | ${[own.length, ...counts].join(" | ")} |`);
  }
}

// Debug information takes longer than the tests.
Object.assign(process.env, { CARGO_PROFILE_DEV_DEBUG: "0", CARGO_PROFILE_TEST_DEBUG: "0" });
delete process.env.CARGO_TARGET_DIR;
mkdirSync(source, { recursive: true });
copySource();
const list = ["mutants", "--list", "--json", "--diff", ...process.argv.slice(2)];
const changes = JSON.parse(run("cargo", list).stdout);
const tests = buildTests();
if (outcomeOf(tests) !== "survived") throw new Error("the tests fail without a change");
const outcomes = [];
for (const { diff, file, name } of changes) {
  patch(diff);
  const outcome = outcomeOf(tests);
  patch(diff, "--reverse");
  outcomes.push({ file, name, outcome });
  console.log(`${outcomes.length}/${changes.length} ${outcome}: ${name}`);
  writeFileSync(join(directory, "outcomes.json"), JSON.stringify(outcomes, null, 2));
}
printTable(outcomes);
