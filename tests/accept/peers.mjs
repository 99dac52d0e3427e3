// The pinned packages of npm and PyPI, each in a folder of its own outside the checkout.
// What is there already is not asked for again.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const peers =
  process.env.MCPGEN_PEERS ||
  join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "mcpgen-peers");

/** Where a package lies. `folder` is there for those that are wanted in several versions. */
export const folder = (peer) =>
  join(peers, (peer.folder ?? peer.package).replace(/^@/, "").replaceAll("/", "-"));

/** Where the command that the package is installed for lies. */
export const program = (peer) =>
  join(folder(peer), peer.python ? "bin" : "node_modules/.bin", peer.command[0]);

/** The package itself and those that are installed beside it, with their versions. */
const parts = (peer) => ({ [peer.package]: peer.version, ...peer.beside });

/** npm writes this record last: a version found in it was installed to the end. */
function installed(peer) {
  const record = join(folder(peer), "node_modules", ".package-lock.json");
  if (!existsSync(record) || (peer.command && !existsSync(program(peer)))) return false;
  const { packages } = JSON.parse(readFileSync(record, "utf8"));
  return Object.entries(parts(peer)).every(
    ([name, version]) => packages[`node_modules/${name}`]?.version === version,
  );
}

/** Installs a package where it is not there yet; the answer is what went wrong, if anything. */
export const install = (name, peer) =>
  peer.python ? installFromPyPI(name, peer) : installFromNpm(name, peer);

/** A folder that pip ended well in has the package it was asked for in the file `installed`. */
function installFromPyPI(name, peer) {
  const spec = `${peer.package}${peer.extra ? `[${peer.extra}]` : ""}==${peer.version}`;
  const stamp = join(folder(peer), "installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === spec) return undefined;
  console.error(`${name}: installing ${spec}`);
  rmSync(folder(peer), { recursive: true, force: true });
  for (const [command, ...args] of [
    ["python3.12", "-m", "venv", folder(peer)],
    [
      join(folder(peer), "bin", "python"),
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      spec,
    ],
  ]) {
    // pyenv, where it is there, has to be told which of its own is meant. What pip says names the registry.
    const { status } = spawnSync(command, args, {
      env: { ...process.env, PYENV_VERSION: "3.12" },
      stdio: "ignore",
    });
    if (status !== 0)
      return `${name}: \`${spec}\` could not be installed\n  help: ${[command, ...args].join(" ")}`;
  }
  writeFileSync(stamp, spec);
  return undefined;
}

function installFromNpm(name, peer) {
  if (installed(peer)) return undefined;
  const specs = Object.entries(parts(peer)).map(([name, version]) => `${name}@${version}`);
  const spec = specs.join(" ");
  console.error(`${name}: installing ${spec}`);
  mkdirSync(folder(peer), { recursive: true });
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  if (peer["without-scripts"]) quiet.push("--ignore-scripts");
  const npm = spawnSync(
    "npm",
    ["install", "--prefix", folder(peer), "--save-exact", ...quiet, ...specs],
    {
      encoding: "utf8",
    },
  );
  if (npm.status === 0 && installed(peer)) return undefined;
  // Of npm's words only the code: the others name the registry, and that may be a private one.
  const code = /error code (\w+)/.exec(npm.stderr)?.[1] ?? `exit ${npm.status}`;
  const help = `npm install --prefix ${folder(peer)} ${spec}`;
  return `${name}: \`${spec}\` could not be installed (npm: ${code})\n  help: ${help}`;
}
