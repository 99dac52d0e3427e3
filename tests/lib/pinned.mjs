// The pinned servers, bridges and suites that the benches share, and the paths of their programs.
// The versions are in pins.json; those of the AI clients are in ../accept/clients.json.
import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { directoryOf, programOf, pythonOf } from "./packages.mjs";

export const lib = dirname(fileURLToPath(import.meta.url));
const readJson = (path) => JSON.parse(readFileSync(join(lib, path), "utf8"));
const pins = readJson("pins.json");

/** Every AI client that can be run here: accept/clients-read.mjs explains the fields. */
export const clients = readJson("../accept/clients.json");

/** The newest version of mcp-remote. */
export const newest = pins["mcp-remote"].newest;

/**
 * A version of mcp-remote for each era, and when it refreshes. The oldest do not know when a token
 * expires. Those up to 0.8 do, but they compare the resource with the authorization server's URL,
 * give up if the two differ, and send the token they have: they refresh when the server refuses it.
 */
export const eras = { ...pins["mcp-remote"].eras, [newest]: { refreshes: "ahead" } };

/**
 * The versions of the conformance suite, with the arguments and the expected score of `mcpgen
 * login`.
 */
export const conformanceVersions = pins.conformance;

const remotePin = (version) => ({
  package: "mcp-remote",
  version,
  directory: version === newest ? "mcp-remote" : `mcp-remote-${version}`,
  command: ["mcp-remote"],
});
const conformancePin = (version) => ({
  package: "@modelcontextprotocol/conformance",
  version,
  directory: `conformance-${version}`,
  command: ["conformance"],
});
const node22Pin = {
  package: `node-${process.platform}-${process.arch}`,
  version: pins.node22,
  command: ["node"],
};

// ---- what to install, as `[label, pin]` for `requirePackages` ----

export const remote = (version) => ["mcp-remote", remotePin(version)];
export const newerNode = ["node", pins.node];
export const fastmcp = ["fastmcp", pins.fastmcp];
export const atlassian = ["mcp-atlassian", pins["mcp-atlassian"]];
export const betterAuth = ["better-auth", pins["better-auth"]];
export const everything = ["server-everything", pins["server-everything"]];

/** Other bridges to servers without a sign-in, with the arguments before the URL. */
export const otherBridges = [
  ["hyper-mcp-remote", []],
  ["mcp-proxy", ["--transport", "streamablehttp"]],
  ["supergateway", ["--logLevel", "none", "--streamableHttp"]],
].map(([name, args]) => ({
  name: `${name} ${pins[name].version}`,
  pin: [name, pins[name]],
  command: (url) => [programOf(pins[name]), ...args, url],
}));

/**
 * What a bench with sign-ins needs: servers, the conformance suite, four clients, and every era of
 * mcp-remote.
 */
export const forSignIns = [
  ["node", node22Pin],
  ["oidc-provider", pins["oidc-provider"]],
  ...Object.keys(pins.conformance).map((version) => ["conformance", conformancePin(version)]),
  ...["claude-code", "codex", "gemini-cli", "opencode"].map((name) => [name, clients[name]]),
  ...Object.keys(eras).map(remote),
  fastmcp,
];

// ---- where it is ----

/** Node 22: the conformance suite and oidc-provider need it. */
export const node22 = () => realpathSync(programOf(node22Pin));
/** The directory of the Node that some clients need. */
export const newerNodeDirectory = () => dirname(programOf(pins.node));
/** The Python that has fastmcp. */
export const fastmcpPython = pythonOf(pins.fastmcp);
/** The directory that has oidc-provider and the MCP SDK. */
export const oidcDirectory = directoryOf(pins["oidc-provider"]);
/** The directory that has better-auth. */
export const betterAuthDirectory = directoryOf(pins["better-auth"]);
/** The script of a version of mcp-remote. */
export const remoteScript = (version) => realpathSync(programOf(remotePin(version)));
/** The script of a version of the conformance suite. */
export const conformanceScript = (version) => realpathSync(programOf(conformancePin(version)));
/** The script of the server that uses every feature of MCP. */
export const everythingScript = () => realpathSync(programOf(pins["server-everything"]));
/** The program of mcp-atlassian. */
export const atlassianProgram = programOf(pins["mcp-atlassian"]);
