// Called by run.sh, on a message bus and in a home of its own: stores.mjs MCPGEN SCRATCH MCP-ATLASSIAN
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { answer } from "../accept/mcp.mjs";
import { install, program } from "../accept/peers.mjs";

const [mcpgen, scratch, atlassian] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const home = process.env.HOME;
const { bridge } = JSON.parse(readFileSync(join(here, "../accept/clients.json"), "utf8"));

// An OAuth client's secret that a JSON text cannot hold as it is: the bridge puts it into one.
const awkward = 'a "quoted" \\ secret';

// A secret for each store. Nothing but this process, the stores and the servers may ever hold one.
const secret = Object.fromEntries(
  ["keyring", "pass", "op", "file"].map((store) => [store, `s-${randomBytes(16).toString("hex")}`]),
);
const user = "me@acme.com";
const basic = (token) => `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;

// ---- running things ----

let said = ""; // everything mcpgen ever printed, wherever it printed it

/** Runs a program to its end. */
function run(command, args, { input = "", env = {} } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, cwd: home });
    const text = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"])
      child[stream].on("data", (data) => (text[stream] += data));
    child.on("error", fail);
    child.on("close", (code) => done({ code, ...text }));
    child.stdin.on("error", () => {}); // it may end without reading
    child.stdin.end(input);
  });
}

async function mcpgenSays(args, options) {
  const result = await run(mcpgen, args, options);
  if (!args.includes("get")) said += result.stdout + result.stderr;
  return result;
}

/** A server started by `mcpgen exec`: asks it things, and keeps what mcpgen may have printed. */
class Server {
  constructor(name, env = {}) {
    this.child = spawn(mcpgen, ["exec", name], { env: { ...process.env, ...env }, cwd: home });
    this.ended = new Promise((done) => this.child.on("close", done));
    this.waiting = new Map();
    this.next = 0;
    this.log = "";
    let rest = "";
    this.child.stdout.setEncoding("utf8").on("data", (data) => {
      const lines = (rest + data).split("\n");
      rest = lines.pop();
      for (const line of lines.filter(Boolean)) {
        const message = JSON.parse(line);
        this.waiting.get(message.id)?.(message);
      }
    });
    this.child.stderr.setEncoding("utf8").on("data", (data) => {
      this.log += data;
      said += data;
    });
  }

  send(message) {
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  ask(method, params = {}) {
    const id = ++this.next;
    return new Promise((done, fail) => {
      const late = () => fail(new Error(`no answer to ${method} within 60 s\n${this.log}`));
      const timer = setTimeout(late, 60_000);
      this.waiting.set(id, (message) => {
        clearTimeout(timer);
        done(message);
      });
      this.ended.then((code) => fail(new Error(`it ended with ${code}\n${this.log}`)));
      this.send({ id, method, params });
    });
  }

  async tools() {
    const client = {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "stores", version: "1" },
    };
    const initialized = await this.ask("initialize", client);
    if (!initialized.result?.serverInfo)
      throw new Error(`initialize: ${JSON.stringify(initialized)}`);
    this.send({ method: "notifications/initialized" });
    return (await this.ask("tools/list")).result.tools;
  }

  end() {
    this.child.stdin.end();
    return this.ended;
  }
}

/** An HTTP server that records the headers of every request: an MCP server at /mcp, a Jira of sorts elsewhere. */
async function recorder() {
  const requests = [];
  const server = createServer(async (request, response) => {
    requests.push({ url: request.url, headers: request.headers });
    if (request.url !== "/mcp")
      return response.writeHead(401, { "content-type": "application/json" }).end("{}");
    if (request.method !== "POST") return response.writeHead(405, { allow: "POST" }).end();
    const reply = answer(await json(request));
    if (!reply) return response.writeHead(202).end();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { server, requests, origin: `http://127.0.0.1:${server.address().port}` };
}

// ---- checks ----

const tally = { passed: 0, failed: 0 };

async function check(promise, holds) {
  try {
    await holds();
    tally.passed += 1;
    console.log(`ok    ${promise}`);
  } catch (error) {
    tally.failed += 1;
    console.log(`FAIL  ${promise}\n${String(error.message).replace(/^/gm, "      ")}`);
  }
}

function same(actual, wanted, what) {
  if (actual !== wanted)
    throw new Error(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(wanted)}`);
}

/** Expects words of a command that says no. */
async function says(args, words, options) {
  const { code, stdout, stderr } = await mcpgenSays(args, options);
  const text = stderr.replaceAll("\n         ", " ");
  same(code, 1, `exit code\n${stderr}`);
  same(stdout, "", "stdout");
  for (const word of words) if (!text.includes(word)) throw new Error(`no «${word}» in\n${stderr}`);
}

// ---- the stores ----

function unlockKeyring() {
  execFileSync("gnome-keyring-daemon", ["--unlock", "--components=secrets"], {
    input: "of this run alone",
  });
}

function lockKeyring() {
  const service = ["--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"];
  const collection = "array:objpath:/org/freedesktop/secrets/collection/login";
  execFileSync("dbus-send", [
    "--session",
    "--print-reply",
    ...service,
    "org.freedesktop.Secret.Service.Lock",
    collection,
  ]);
}

function makePass() {
  const quiet = { stdio: ["pipe", "ignore", "ignore"] };
  const gpg = ["--batch", "--pinentry-mode", "loopback", "--passphrase"];
  execFileSync(
    "gpg",
    [...gpg, "", "--quick-gen-key", "open", "default", "default", "never"],
    quiet,
  );
  execFileSync(
    "gpg",
    [...gpg, "closed", "--quick-gen-key", "locked", "default", "default", "never"],
    quiet,
  );
  execFileSync("pass", ["init", "open"], quiet);
  execFileSync("pass", ["init", "-p", "locked", "locked"], quiet);
  execFileSync("pass", ["insert", "-m", "work/github"], {
    ...quiet,
    input: `${secret.pass}\nuser: ada\n`,
  });
  execFileSync("pass", ["insert", "-m", "locked/github"], { ...quiet, input: "x\n" });
  // The key was just made, so the agent still has its passphrase.
  execFileSync("gpgconf", ["--kill", "gpg-agent"]);
}

function makeStandIn() {
  const bin = join(scratch, "bin");
  mkdirSync(bin);
  writeFileSync(join(scratch, "op-secret"), secret.op, { mode: 0o600 });
  writeFileSync(
    join(bin, "op"),
    `#!/bin/sh\n[ "$1 $2" = "read op://Private/Tenant/key" ] && cat "${scratch}/op-secret" && echo\n`,
  );
  chmodSync(join(bin, "op"), 0o755);
  process.env.PATH = `${bin}:${process.env.PATH}`;
}

function declare(origin) {
  const jira = { JIRA_URL: origin, JIRA_USERNAME: user };
  const toml = (table) =>
    `{ ${Object.entries(table)
      .map(([k, v]) => `${k} = ${JSON.stringify(v)}`)
      .join(", ")} }`;
  const remote = (name, lines) => `[servers.${name}]\nurl = "${origin}/mcp"\n${lines}\n`;
  const text = [
    'clients = ["claude-code", "cursor", "codex", "goose"]',
    `launch = { bridge = ["node", "${realpathSync(program(bridge))}"], secret-timeout = 5 }`,
    `[servers.jira]\ncommand = "${atlassian}"\nenv = ${toml(jira)}\nsecrets = { JIRA_API_TOKEN = "keyring:jira" }`,
    remote("bearer", 'auth = { token = "pass:work/github" }'),
    remote(
      "basic",
      `auth = { token = "file:\${XDG_RUNTIME_DIR}/token", scheme = "Basic", username = "${user}" }`,
    ),
    remote("header", 'auth = { token = "op://Private/Tenant/key", header = "X-API-Key" }'),
    remote("beside", 'auth = "oauth"\nsecrets = { X-Tenant-Key = "op://Private/Tenant/key" }'),
    remote(
      "client",
      'auth = { mode = "oauth", client-id = "me", client-secret = "file:~/client" }',
    ),
    remote("misspelt", 'auth = { token = "keyring:jria" }'),
    remote("no-entry", 'auth = { token = "pass:work/githbu" }'),
    remote("no-key", 'auth = { token = "pass:locked/github" }'),
  ];
  mkdirSync(join(home, ".config/mcpgen"), { recursive: true });
  writeFileSync(join(home, ".config/mcpgen/mcp.toml"), text.join("\n"));
  writeFileSync(join(home, "client"), `${awkward}\n`, { mode: 0o600 });
  writeFileSync(join(process.env.XDG_RUNTIME_DIR, "token"), `${secret.file}\n`, { mode: 0o600 });
}

// ---- the leak test ----

const secrets = () => [
  ...Object.values(secret),
  basic(secret.file).slice(6),
  basic(secret.keyring).slice(6),
];
const holding = (bytes) => secrets().some((one) => bytes.includes(one));

/** Every file below a folder that holds a secret. */
function filesHolding(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => holding(readFileSync(path, "latin1")));
}

/** Every process whose command line or environment holds a secret, by its pid. */
function processesHolding(what) {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return holding(readFileSync(`/proc/${pid}/${what}`, "latin1"));
      } catch {
        return false; // it ended meanwhile
      }
    })
    .map(Number);
}

// ---- the run ----

const missing = install("bridge", bridge);
if (missing) {
  console.error(missing);
  process.exit(1);
}
unlockKeyring();
makePass();
makeStandIn();
const { server, requests, origin } = await recorder();
declare(origin);

await check("a Secret Service keeps, lists, gives and forgets a secret", async () => {
  same(
    (await mcpgenSays(["secret", "set", "jira", "--stdin"], { input: "an older one" })).code,
    0,
    "set",
  );
  same(
    (await mcpgenSays(["secret", "set", "jira", "--stdin"], { input: `${secret.keyring}\n` })).code,
    0,
    "set again",
  );
  same((await mcpgenSays(["secret", "set", "other", "--stdin"], { input: "x" })).code, 0, "set");
  same((await mcpgenSays(["secret", "list"])).stdout, "jira\nother\n", "list");
  same(
    (await mcpgenSays(["secret", "list", "--json"])).stdout,
    '["jira","other"]\n',
    "list --json",
  );
  same((await mcpgenSays(["secret", "get", "jira"])).stdout, `${secret.keyring}\n`, "get");
  same((await mcpgenSays(["secret", "rm", "other"])).code, 0, "rm");
  same((await mcpgenSays(["secret", "list"])).stdout, "jira\n", "list");
  await says(["secret", "rm", "other"], ["the keyring has no `other`"]);
});

await check("import moves a client's secret into the keyring, and overwrites none", async () => {
  const file = join(home, ".codeium/windsurf/mcp_config.json");
  const holding = (value) =>
    JSON.stringify({ mcpServers: { moved: { command: "x", env: { A_TOKEN: value } } } });
  const args = ["import", "windsurf", "--secrets", "keyring"];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, holding(secret.op));
  const first = await mcpgenSays(args);
  same(
    first.stdout.includes('secrets = { A_TOKEN = "keyring:moved-a-token" }'),
    true,
    first.stdout + first.stderr,
  );
  same((await mcpgenSays(["secret", "get", "moved-a-token"])).stdout, `${secret.op}\n`, "get");
  same((await mcpgenSays(args)).stdout, first.stdout, "once more");
  writeFileSync(file, holding(`${secret.op}-2`));
  await says(args, ["`keyring:moved-a-token` is there already, with another secret"]);
  same((await mcpgenSays(["secret", "get", "moved-a-token"])).stdout, `${secret.op}\n`, "get");
  same((await mcpgenSays(["secret", "rm", "moved-a-token"])).code, 0, "rm");
  rmSync(file);
});

await check("check --secrets says which resolve", async () => {
  const rows = JSON.parse((await mcpgenSays(["check", "--secrets", "--json"])).stdout);
  const absent = rows.filter(({ found }) => !found).map((row) => row.server);
  same(absent.join(), "misspelt,no-entry,no-key", "missing");
  same(rows.length, 9, "secrets");
});

await check("what the stores refuse is said, and nothing starts", async () => {
  await says(["exec", "misspelt"], ["the keyring has no `jria`", "mcpgen secret set jria"]);
  await says(["exec", "no-entry"], ["not in the password store", "list what is there with `pass`"]);
  await says(["exec", "no-key"], ["`pass` ended with exit code", "unlock your key"]);
});

await check("apply, plan and render take secrets by name", async () => {
  for (const args of [
    ["render"],
    ["plan", "--diff"],
    ["apply"],
    ["plan", "--exit-code"],
    ["check"],
  ]) {
    const { code, stderr } = await mcpgenSays(args);
    same(code, 0, `mcpgen ${args.join(" ")}\n${stderr}`);
  }
});

const jira = new Server("jira");
const bearer = new Server("bearer");
await check(
  "mcp-atlassian gets its token from the keyring: it lists its tools and signs in with it",
  async () => {
    const tools = await jira.tools();
    if (tools.length < 10) throw new Error(`${tools.length} tools`);
    await jira.ask("tools/call", {
      name: "jira_get_user_profile",
      arguments: { user_identifier: user },
    });
    const seen = requests
      .filter(({ url }) => url !== "/mcp")
      .map(({ headers }) => headers.authorization);
    if (!seen.includes(basic(secret.keyring)))
      throw new Error(`${seen.length} requests, none with the token`);
  },
);

async function header(name, wanted) {
  const running = name === "bearer" ? bearer : new Server(name);
  const before = requests.length;
  same((await running.tools())[0]?.name, "ping", "its tool");
  const seen = requests.slice(before).filter(({ url }) => url === "/mcp");
  for (const [key, value] of Object.entries(wanted)) {
    if (seen.length === 0 || !seen.every(({ headers }) => headers[key] === value))
      throw new Error(`not every request has ${key}`);
  }
  if (running !== bearer) await running.end();
}
await check("mcp-remote sends a token from pass as Bearer", () =>
  header("bearer", { authorization: `Bearer ${secret.pass}` }),
);

await check("while they run, the servers' own processes alone hold a secret", async () => {
  same(jira.child.exitCode ?? bearer.child.exitCode, null, "they run");
  const kept = [join(scratch, "op-secret"), join(process.env.XDG_RUNTIME_DIR, "token")];
  same(
    filesHolding(scratch)
      .filter((path) => !kept.includes(path))
      .join(),
    "",
    "files",
  );
  same(processesHolding("cmdline").join(), "", "command lines");
  const own = [jira.child.pid, bearer.child.pid].sort().join();
  same(processesHolding("environ").sort().join(), own, "environments");
  for (const { child } of [jira, bearer]) {
    const exe = realpathSync(`/proc/${child.pid}/exe`);
    if (exe === realpathSync(mcpgen)) throw new Error("mcpgen is still there");
  }
});

await check("a server ends with its client, and leaves no process", async () => {
  await Promise.all([jira.end(), bearer.end()]);
  same(processesHolding("environ").join(), "", "environments");
});

await check("mcp-remote sends a token from a file as Basic", () =>
  header("basic", { authorization: basic(secret.file) }),
);
await check("mcp-remote sends a token as any header, from the stand-in for 1Password", () =>
  header("header", { "x-api-key": secret.op }),
);
await check("mcp-remote sends a secret header beside OAuth", () =>
  header("beside", { "x-tenant-key": secret.op }),
);

await check("mcp-remote reads a client's secret, whatever is in it", async () => {
  const running = new Server("client");
  same((await running.tools())[0]?.name, "ping", "its tool");
  const line = readFileSync(`/proc/${running.child.pid}/cmdline`, "utf8");
  if (!line.includes("--static-oauth-client-info") || line.includes("quoted"))
    throw new Error("its command line");
  await running.end();
});

await check("a locked keyring and one that hangs end in time, with words", async () => {
  lockKeyring();
  await says(["exec", "jira"], ["the keyring is locked", "unlock it"]);
  const daemon = execFileSync("pgrep", ["-nf", "gnome-keyring-daemon --unlock"], {
    encoding: "utf8",
  }).trim();
  process.kill(Number(daemon), "SIGSTOP");
  await says(["exec", "jira"], ["there is no answer after 5 s"]);
  process.kill(Number(daemon), "SIGKILL");
});

await check("without a message bus there is no keyring, and that is said", () =>
  says(["exec", "jira"], ["no keyring answers"], {
    env: { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" },
  }),
);

await check("nothing that was ever printed holds a secret", async () => {
  same(holding(said), false, "printed");
  const state = join(home, ".local/state/mcpgen");
  if (!statSync(state).isDirectory()) throw new Error("there is no ledger to look into");
  same(filesHolding(state).join(), "", "files");
});

server.close();
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
