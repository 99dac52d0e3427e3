// What each client's list command says, in one shape: [name, { transport, launch, status }, …].
// `transport`, and `launch`, the command line or the URL, where the client shows them; `status` where it connects.

// Claude Code, Gemini CLI, Qwen Code: `✓ NAME: LAUNCH (TRANSPORT) - STATUS`. Claude Code leaves (stdio) out.
function lines(text) {
  const line = /^[^\w\n]*([\w-]+): (.+?)(?: \((\w+)\))? - (.+)$/gm;
  return Array.from(text.matchAll(line), ([, name, launch, transport = "stdio", status]) => [
    name,
    { transport: transport.toLowerCase(), launch, status },
  ]);
}

// OpenCode: `●  ✓ NAME STATUS`, below it an error if there is one, then `│  LAUNCH`. It names no transport.
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

// Auggie: the command line is one text.
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

// MCPorter: the transport is `HTTP URL` or `STDIO COMMAND LINE`, and a status of `ok` has listed the tools.
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

// Qoder CLI: as Gemini CLI, with ` · KIND` behind the status.
function qoder(text) {
  return lines(text).map(([name, seen]) => [
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

// A client that was asked something: its model answers with the names of the tools it was offered. Every server has
// one, `ping`, in front of which each client sets the server's name in its own way.
function offered(text) {
  const names = /tools: ([\s\S]+)/.exec(text)[1];
  return Array.from(names.matchAll(/(?:mcp__)?([a-z]+)__?ping\b/g), ([, name]) => [
    name,
    { status: "connected" },
  ]);
}

const entry = (transport, { command, args, url }) => ({
  transport: spelled(transport),
  launch: url ?? [command, ...args].join(" "),
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

export const readers = {
  "claude-code": lines,
  codex,
  "gemini-cli": lines,
  opencode,
  "copilot-cli": copilot,
  "qwen-code": lines,
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
