// The pinned packages of the bench: npm's by way of the clients' bench, Python's in an environment beside them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { folder, install, program } from "../accept/peers.mjs";

export const here = dirname(fileURLToPath(import.meta.url));
const read = (path) => JSON.parse(readFileSync(join(here, path), "utf8"));
const pins = read("peers.json");
const accept = read("../accept/clients.json");

/** The newest bridge. */
export const newest = accept.bridge.version;
/**
 * A bridge of each era, and when it refreshes. The oldest know no expiry. Later ones do, but up to 0.8 they hold the
 * resource against the authorization server's address, give up where the two differ, and send the token they have:
 * what renews it is the server's refusal.
 */
export const eras = { ...pins.eras, [newest]: { refreshes: "ahead" } };
/** The conformance suite's versions, and what each is asked to run. */
export const suites = pins.suites;

// The newest bridge and the clients are those of the other bench, in the same folders.
const bridges = Object.fromEntries(
  Object.keys(pins.eras).map((version) => [
    version,
    { ...accept.bridge, version, folder: `mcp-remote-${version}` },
  ]),
);
bridges[newest] = accept.bridge;
const suite = (version) => ({
  package: "@modelcontextprotocol/conformance",
  version,
  folder: `conformance-${version}`,
  command: ["conformance"],
});
const node = {
  package: `node-${process.platform}-${process.arch}`,
  version: pins.node,
  command: ["node"],
};
const clients = ["claude-code", "codex", "gemini-cli", "opencode"].map((name) => [
  name,
  accept.clients[name],
]);
const python = { folder: `fastmcp-${pins.fastmcp}`, spec: `fastmcp==${pins.fastmcp}` };

/** Node as the suite and oidc-provider want it: 22 or later. */
export const node22 = () => realpathSync(program(node));
export const python3 = join(folder(python), "bin", "python");
export const oidcPackages = folder(pins.oidc);
export const bridge = (version) => realpathSync(program(bridges[version]));
export const conformance = (version) => realpathSync(program(suite(version)));
export const client = (name) => ({
  ...accept.clients[name],
  program: program(accept.clients[name]),
});

/** Installs fastmcp where it is not there yet; the answer is what went wrong, if anything. */
export function installPython() {
  const stamp = join(folder(python), "installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === python.spec) return undefined;
  console.error(`fastmcp: installing ${python.spec}`);
  rmSync(folder(python), { recursive: true, force: true });
  mkdirSync(folder(python), { recursive: true });
  for (const [command, ...args] of [
    ["python3", "-m", "venv", folder(python)],
    [python3, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", python.spec],
  ]) {
    // Not what it says: its words name the registry, and that may be a private one.
    const { status } = spawnSync(command, args, { stdio: "ignore" });
    if (status !== 0) return `fastmcp: failed\n  help: ${[command, ...args].join(" ")}`;
  }
  writeFileSync(stamp, python.spec);
  return undefined;
}

/** Installs the bridge of a version. */
export const installBridge = (version) => install("mcp-remote", bridges[version]);

/** Installs what is not there yet; the answer is what could not be. */
export function installAll() {
  const wanted = [
    ["node", node],
    ["oidc-provider", pins.oidc],
    ...Object.keys(suites).map((version) => ["conformance", suite(version)]),
    ...clients,
  ];
  const faults = wanted.map(([name, peer]) => install(name, peer));
  return [...faults, ...Object.keys(bridges).map(installBridge), installPython()].filter(Boolean);
}
