// Installs pinned packages from npm, PyPI and cargo, each into its own directory outside the checkout,
// once.
//
// A package: its name (`package`) and `version`; the `command` that it provides; the `directory` that
// it goes to, if not the one named after it; the npm packages that go `beside` it;
// `without-scripts` if npm must not run its install scripts. `python` names the interpreter of a
// package from PyPI, and `extra` an extra of that package. `cargo` is true for a crate.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const root =
  process.env.MCPGEN_PEERS ||
  join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "mcpgen-peers");

/** The directory that a package is installed in. */
export const directoryOf = (pin) =>
  join(root, (pin.directory ?? pin.package).replace(/^@/, "").replaceAll("/", "-"));

/** The path of the command that a package is installed for. */
export const programOf = (pin) =>
  join(directoryOf(pin), pin.python || pin.cargo ? "bin" : "node_modules/.bin", pin.command[0]);

/** The Python interpreter of a package from PyPI. */
export const pythonOf = (pin) => join(directoryOf(pin), "bin", "python");

/** Installs packages, given as `[label, pin]`. If one cannot be installed, says so and exits. */
export function requirePackages(packages) {
  const errors = packages.map(([label, pin]) => install(label, pin)).filter(Boolean);
  if (errors.length === 0) return;
  console.error(errors.join("\n"));
  process.exit(1);
}

/** Installs a package unless it is installed already. Returns the error message, if any. */
function install(label, pin) {
  if (pin.cargo) return installFromCargo(label, pin);
  return pin.python ? installFromPyPI(label, pin) : installFromNpm(label, pin);
}

/** cargo writes `.crates.toml` last, and it names the version. */
function installFromCargo(label, pin) {
  const [spec, directory] = [`${pin.package}@${pin.version}`, directoryOf(pin)];
  const record = join(directory, ".crates.toml");
  if (existsSync(record) && readFileSync(record, "utf8").includes(`${pin.package} ${pin.version} `))
    return undefined;
  console.error(`${label}: installing ${spec}`);
  const args = ["install", "--locked", "--force", "--root", directory, spec];
  // cargo's own messages name the registry, which may be a private one.
  const { status } = spawnSync("cargo", args, { stdio: "ignore" });
  if (status === 0) return undefined;
  return `${label}: cannot install \`${spec}\`\n  help: cargo ${args.join(" ")}`;
}

/**
 * The file `installed` is written last and names the version: a directory that has it is complete.
 */
function installFromPyPI(label, pin) {
  const spec = `${pin.package}${pin.extra ? `[${pin.extra}]` : ""}==${pin.version}`;
  const directory = directoryOf(pin);
  const stamp = join(directory, "installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === spec) return undefined;
  console.error(`${label}: installing ${spec}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  // pyenv selects a Python by this variable.
  const version = /^python(\d\.\d+)$/.exec(pin.python)?.[1];
  const env = version ? { ...process.env, PYENV_VERSION: version } : process.env;
  const quiet = ["--quiet", "--disable-pip-version-check"];
  for (const [command, ...args] of [
    [pin.python, "-m", "venv", directory],
    [pythonOf(pin), "-m", "pip", "install", ...quiet, spec],
  ]) {
    // pip's own messages name the registry, which may be a private one.
    const { status } = spawnSync(command, args, { env, stdio: "ignore" });
    if (status !== 0)
      return `${label}: cannot install \`${spec}\`\n  help: ${[command, ...args].join(" ")}`;
  }
  writeFileSync(stamp, spec);
  return undefined;
}

/** The npm packages of a directory, with their versions. */
const npmPackages = (pin) => Object.entries({ [pin.package]: pin.version, ...pin.beside });

/** npm writes `.package-lock.json` last: a version found there was installed completely. */
function isInstalled(pin) {
  const record = join(directoryOf(pin), "node_modules", ".package-lock.json");
  if (!existsSync(record) || (pin.command && !existsSync(programOf(pin)))) return false;
  const { packages } = JSON.parse(readFileSync(record, "utf8"));
  return npmPackages(pin).every(
    ([name, version]) => packages[`node_modules/${name}`]?.version === version,
  );
}

function installFromNpm(label, pin) {
  if (isInstalled(pin)) return undefined;
  const specs = npmPackages(pin).map(([name, version]) => `${name}@${version}`);
  console.error(`${label}: installing ${specs.join(" ")}`);
  const directory = directoryOf(pin);
  mkdirSync(directory, { recursive: true });
  const options = ["--save-exact", "--no-audit", "--no-fund", "--loglevel=error"];
  if (pin["without-scripts"]) options.push("--ignore-scripts");
  const args = ["install", "--prefix", directory, ...options, ...specs];
  const npm = spawnSync("npm", args, { encoding: "utf8" });
  if (npm.status === 0 && isInstalled(pin)) return undefined;
  // Only npm's error code is shown: its other messages name the registry, which may be a private
  // one.
  const code = /error code (\w+)/.exec(npm.stderr)?.[1] ?? `exit ${npm.status}`;
  const help = `npm install --prefix ${directory} ${specs.join(" ")}`;
  return `${label}: cannot install \`${specs.join(" ")}\` (npm: ${code})\n  help: ${help}`;
}
