// Parses the output of each client's list command into `[name, { transport, launch, status }]` per
// server. `transport` and `launch` (the command line or the URL) are absent if the client does not
// show them, `status` if it does not connect.

// Claude Code, Gemini CLI, Qwen Code: `✓ NAME: LAUNCH (TRANSPORT) - STATUS`. Claude Code leaves
// (stdio) out.
function parseLines(text) {
  const line = /^[^\w\n]*([\w-]+): (.+?)(?: \((\w+)\))? - (.+)$/gm;
  return Array.from(text.matchAll(line), ([, name, launch, transport = "stdio", status]) => [
    name,
    { transport: transport.toLowerCase(), launch, status },
  ]);
}

// OpenCode: `●  ✓ NAME STATUS`, then an error if there is one, then `│  LAUNCH`. It does not show
// the transport.
function opencode(text) {
  const block = /^●\s+\S ([\w-]+) (.+)\n((?:│ +\S.*\n)*)/gm;
  return Array.from(text.matchAll(block), ([, name, status, below]) => {
    const launch = below.trim().split("\n").at(-1).replace(/^│ +/, "");
    return [name, { transport: launch.startsWith("http") ? "http" : "stdio", launch, status }];
  });
}

function codex(text) {
  return JSON.parse(text).map(({ name, transport }) => [name, entry(transport.type, transport)]);
}

function copilot(text) {
  return Object.entries(JSON.parse(text).mcpServers).map(([name, server]) => [
    name,
    entry(server.type, server),
  ]);
}

function amp(text) {
  return JSON.parse(text).map(({ name, type, spec }) => [name, entry(type, spec)]);
}

function cline(text) {
  return JSON.parse(text).map(({ name, transportType }) => [
    name,
    { transport: spelled(transportType) },
  ]);
}

// Auggie: the command line is one string.
function auggie(text) {
  const servers = JSON.parse(text).servers;
  return servers.map(({ name, transport, url, command }) => [
    name,
    { transport, launch: url ?? command },
  ]);
}

// Droid: `  NAME  TRANSPORT  STATUS  [user]`.
function droid(text) {
  const line = /^ +([\w-]+) +(\w+) +(.+?) +\[user\]$/gm;
  return Array.from(text.matchAll(line), ([, name, transport, status]) => [
    name,
    { transport, status },
  ]);
}

function grok(text) {
  return JSON.parse(text).map((server) => [
    server.name,
    entry(server.url ? "http" : "stdio", server),
  ]);
}

// MCPorter: the transport is `HTTP URL` or `STDIO COMMAND LINE`; `ok` means that it listed the
// tools.
function mcporter(text) {
  return JSON.parse(text).servers.map(({ name, transport, status }) => {
    const [, word, launch] = /^(\w+) (.+)$/.exec(transport);
    return [
      name,
      { transport: word.toLowerCase(), launch, status: status === "ok" ? "connected" : status },
    ];
  });
}

function openclaw(text) {
  return Object.entries(JSON.parse(text)).map(([name, server]) => [
    name,
    entry(server.transport ?? "stdio", server),
  ]);
}

// Qoder CLI: like Gemini CLI, with ` · KIND` after the status.
function qoder(text) {
  return parseLines(text).map(([name, seen]) => [
    name,
    { ...seen, status: seen.status.split(" · ")[0] },
  ]);
}

// Reasonix: `NAME (TRANSPORT) LAUNCH`.
function reasonix(text) {
  const line = /^([\w-]+) +\((\w+)\) +(.+)$/gm;
  return Array.from(text.matchAll(line), ([, name, transport, launch]) => [
    name,
    { transport, launch },
  ]);
}

// A client without a list command, which was asked a question: its model responds with the names of
// the tools that it was offered. Every server has one, `ping`, and each client puts the server's
// name before it in its own way.
function offered(text) {
  const names = /tools: ([\s\S]+)/.exec(text)[1];
  return Array.from(names.matchAll(/(?:mcp__)?([a-z]+)__?ping\b/g), ([, name]) => [
    name,
    { status: "connected" },
  ]);
}

const entry = (transport, { command, args, url }) => ({
  transport: spelled(transport),
  launch: url ?? [command, ...(args ?? [])].join(" "),
});

const spelled = (transport) =>
  ({
    local: "stdio",
    command: "stdio",
    url: "http",
    streamable_http: "http",
    streamableHttp: "http",
    "streamable-http": "http",
  })[transport] ?? transport;

/** The parser of each client's list. */
export const parsers = {
  "claude-code": parseLines,
  codex,
  "gemini-cli": parseLines,
  opencode,
  "copilot-cli": copilot,
  "qwen-code": parseLines,
  amp,
  cline,
  auggie,
  droid,
  grok,
  kilo: opencode,
  mcporter,
  openclaw,
  "qoder-cli": qoder,
  reasonix,
  goose: offered,
  "kimi-code": offered,
  "mistral-vibe": offered,
  hermes: offered,
  deepagents: offered,
};
