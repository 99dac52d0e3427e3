// Called by run.sh, with its own message bus and home: stores.mjs MCPGEN SCRATCH
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { McpClient } from "../lib/mcp-client.mjs";
import { listen } from "../lib/mcp-server.mjs";
import { runProgram } from "../lib/process.mjs";
import { filesWithSecret, hasSecret, processesWithSecret } from "./leaks.mjs";
import {
  basic,
  declare,
  lockKeyring,
  makeOp,
  makePass,
  secrets,
  unlockKeyring,
  user,
  withHangingKeyring,
} from "./secret-stores.mjs";

const [mcpgen, scratch] = process.argv.slice(2);
const home = process.env.HOME;

// ---- running programs ----

let printed = ""; // everything that mcpgen ever printed

async function runMcpgen(args, { input = "", env = {} } = {}) {
  const run = await runProgram(mcpgen, args, {
    cwd: home,
    env: { ...process.env, ...env },
    input,
  });
  if (!args.includes("get")) printed += run.stdout + run.stderr;
  return run;
}

/** A server that `mcpgen exec` starts. What it writes to stderr may be mcpgen's. */
class ExecClient extends McpClient {
  constructor(name) {
    super(mcpgen, ["exec", name], { cwd: home, env: process.env, seconds: 60 });
  }

  onStderr(text) {
    printed += text;
  }

  async tools() {
    await this.initialize();
    return (await this.result("tools/list")).tools;
  }

  async end() {
    this.closeStdin();
    await this.closed;
  }
}

// ---- checks ----

const tally = { passed: 0, failed: 0 };

async function check(promise, body) {
  try {
    await body();
    tally.passed += 1;
    console.log(`ok    ${promise}`);
  } catch (error) {
    tally.failed += 1;
    console.log(`FAIL  ${promise}\n${String(error.message).replace(/^/gm, "      ")}`);
  }
}

function expectEqual(actual, expected, what) {
  if (actual !== expected)
    throw new Error(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
}

/** Runs mcpgen, which must fail and print some phrases. */
async function expectError(args, phrases, options) {
  const { code, stdout, stderr } = await runMcpgen(args, options);
  const text = stderr.replaceAll("\n         ", " ");
  expectEqual(code, 1, `exit code\n${stderr}`);
  expectEqual(stdout, "", "stdout");
  for (const phrase of phrases)
    if (!text.includes(phrase)) throw new Error(`\`${phrase}\` is not in\n${stderr}`);
}

// ---- the run ----

unlockKeyring();
makePass();
makeOp(scratch);
// An MCP server at /mcp; every other path is Jira's, which refuses the token.
const requests = [];
const { server, origin } = await listen({
  elsewhere: 401,
  onRequest: ({ url, headers }) => requests.push({ url, headers }),
});
declare(home, origin);

await check("a Secret Service stores, lists, returns and removes a secret", async () => {
  expectEqual(
    (await runMcpgen(["secret", "set", "jira", "--stdin"], { input: "an older one" })).code,
    0,
    "set",
  );
  expectEqual(
    (await runMcpgen(["secret", "set", "jira", "--stdin"], { input: `${secrets.keyring}\n` })).code,
    0,
    "set again",
  );
  expectEqual(
    (await runMcpgen(["secret", "set", "other", "--stdin"], { input: "x" })).code,
    0,
    "set",
  );
  expectEqual((await runMcpgen(["secret", "list"])).stdout, "jira\nother\n", "list");
  expectEqual(
    (await runMcpgen(["secret", "list", "--json"])).stdout,
    '["jira","other"]\n',
    "list --json",
  );
  expectEqual((await runMcpgen(["secret", "get", "jira"])).stdout, `${secrets.keyring}\n`, "get");
  expectEqual((await runMcpgen(["secret", "rm", "other"])).code, 0, "rm");
  expectEqual((await runMcpgen(["secret", "list"])).stdout, "jira\n", "list");
  await expectError(["secret", "rm", "other"], ["`other`"]);
});

await check(
  "import moves a client's secret into the keyring, and overwrites no other",
  async () => {
    const file = join(home, ".codeium/windsurf/mcp_config.json");
    const holding = (value) =>
      JSON.stringify({ mcpServers: { moved: { command: "x", env: { A_TOKEN: value } } } });
    const args = ["import", "windsurf", "--secrets", "keyring"];
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, holding(secrets.op));
    const first = await runMcpgen(args);
    expectEqual(
      first.stdout.includes('secrets = { A_TOKEN = "keyring:moved-a-token" }'),
      true,
      first.stdout + first.stderr,
    );
    expectEqual(
      (await runMcpgen(["secret", "get", "moved-a-token"])).stdout,
      `${secrets.op}\n`,
      "get",
    );
    expectEqual((await runMcpgen(args)).stdout, first.stdout, "a second import");
    writeFileSync(file, holding(`${secrets.op}-2`));
    await expectError(args, ["`moved-a-token`"]);
    expectEqual(
      (await runMcpgen(["secret", "get", "moved-a-token"])).stdout,
      `${secrets.op}\n`,
      "get",
    );
    expectEqual((await runMcpgen(["secret", "rm", "moved-a-token"])).code, 0, "rm");
    rmSync(file);
  },
);

await check("check --secrets shows which references resolve", async () => {
  const rows = JSON.parse((await runMcpgen(["check", "--secrets", "--json"])).stdout);
  const absent = rows.filter(({ found }) => !found).map((row) => row.server);
  expectEqual(absent.join(), "misspelt,no-entry,no-key", "missing");
  expectEqual(rows.length, 11, "secrets");
});

await check("a reference that does not resolve is an error, and nothing starts", async () => {
  await expectError(["exec", "misspelt"], ["`jria`", "mcpgen secret set jria"]);
  await expectError(["exec", "no-entry"], ["not in the password store", "pass ls"]);
  await expectError(["exec", "no-key"], ["`pass`", "pass show"]);
});

await check("apply, plan and render need no secret", async () => {
  for (const args of [
    ["render"],
    ["plan", "--diff"],
    ["apply"],
    ["plan", "--exit-code"],
    ["check"],
  ]) {
    const { code, stderr } = await runMcpgen(args);
    expectEqual(code, 0, `mcpgen ${args.join(" ")}\n${stderr}`);
  }
});

const jira = new ExecClient("jira");
const bearer = new ExecClient("bearer");
await check("mcp-atlassian gets its token from the keyring, and signs in with it", async () => {
  const tools = await jira.tools();
  if (tools.length < 10) throw new Error(`${tools.length} tools`);
  await jira.request("tools/call", {
    name: "jira_get_user_profile",
    arguments: { user_identifier: user },
  });
  const received = requests
    .filter(({ url }) => url !== "/mcp")
    .map(({ headers }) => headers.authorization);
  if (!received.includes(basic(secrets.keyring)))
    throw new Error(`${received.length} requests, none with the token`);
});

/** Starts a server; every request to it must have some headers. */
async function expectHeaders(name, wanted) {
  const client = name === "bearer" ? bearer : new ExecClient(name);
  const before = requests.length;
  expectEqual((await client.tools())[0]?.name, "ping", "tool");
  const received = requests.slice(before).filter(({ url }) => url === "/mcp");
  for (const [key, value] of Object.entries(wanted)) {
    if (received.length === 0 || !received.every(({ headers }) => headers[key] === value))
      throw new Error(`not every request has ${key}`);
  }
  if (client !== bearer) await client.end();
}
await check("mcp-remote sends a token from pass as Bearer", () =>
  expectHeaders("bearer", { authorization: `Bearer ${secrets.pass}` }),
);

await check("while they run, only the servers' own processes hold a secret", async () => {
  expectEqual(jira.child.exitCode ?? bearer.child.exitCode, null, "exit code");
  const kept = [join(scratch, "op-secret"), join(process.env.XDG_RUNTIME_DIR, "token")];
  expectEqual(
    filesWithSecret(scratch)
      .filter((path) => !kept.includes(path))
      .join(),
    "",
    "files",
  );
  expectEqual(processesWithSecret("cmdline").join(), "", "command lines");
  const own = [jira.child.pid, bearer.child.pid].sort().join();
  expectEqual(processesWithSecret("environ").sort().join(), own, "environments");
  for (const { child } of [jira, bearer]) {
    const exe = realpathSync(`/proc/${child.pid}/exe`);
    if (exe === realpathSync(mcpgen)) throw new Error("the process is still mcpgen");
  }
});

await check("a server exits with its client, and leaves no process", async () => {
  await Promise.all([jira.end(), bearer.end()]);
  expectEqual(processesWithSecret("environ").join(), "", "environments");
});

await check("mcp-remote sends a token from a file as Basic", () =>
  expectHeaders("basic", { authorization: basic(secrets.file) }),
);
await check("mcp-remote sends a token as any header, from the stand-in for 1Password", () =>
  expectHeaders("header", { "x-api-key": secrets.op }),
);
await check("mcp-remote sends a secret header beside OAuth", () =>
  expectHeaders("beside", { "x-tenant-key": secrets.op }),
);

// A mount namespace, in which the runtime directory is at its usual path.
const usual = `/run/user/${process.getuid()}`;
const session = [
  "mount -t tmpfs none /run/user",
  `mkdir -m 700 ${usual}`,
  `mount --bind "$0" ${usual}`,
  'exec "$@"',
].join(" && ");
const namespace = ["--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c", session];
const sha256 = (secret) => createHash("sha256").update(secret).digest("hex");

for (const passed of [[], ["XDG_RUNTIME_DIR"], ["DBUS_SESSION_BUS_ADDRESS"]]) {
  const which = passed.length === 0 ? "neither variable" : `only ${passed}`;
  await check(`a client that passes ${which} of the session loses no secret`, async () => {
    const env = Object.fromEntries(
      ["HOME", "PATH", ...passed].map((name) => [name, process.env[name]]),
    );
    const runtimeDirectory = process.env.XDG_RUNTIME_DIR;
    const args = [...namespace, runtimeDirectory, mcpgen, "exec", "hashes"];
    const { stdout, stderr } = await runProgram("unshare", args, { cwd: home, env });
    const hashes = stdout.match(/^[0-9a-f]{64}/gm)?.join();
    expectEqual(hashes, [secrets.keyring, secrets.file].map(sha256).join(), stderr);
  });
}

await check(
  "mcp-remote gets a client's secret that must be escaped, outside its command line",
  async () => {
    const client = new ExecClient("client");
    expectEqual((await client.tools())[0]?.name, "ping", "tool");
    const line = readFileSync(`/proc/${client.child.pid}/cmdline`, "utf8");
    if (!line.includes("--static-oauth-client-info") || line.includes("quoted"))
      throw new Error("the secret is on its command line, or the option is not");
    await client.end();
  },
);

await check("a locked keyring and one that hangs are errors in time", async () => {
  lockKeyring();
  await expectError(["exec", "jira"], ["locked", "unlock"]);
  await withHangingKeyring(() => expectError(["exec", "jira"], ["5 s"]));
});

await check("a missing message bus is an error", () =>
  expectError(["exec", "jira"], ["keyring"], {
    env: { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" },
  }),
);

await check("nothing that mcpgen printed contains a secret", async () => {
  expectEqual(hasSecret(printed), false, "printed");
  const state = join(home, ".local/state/mcpgen");
  if (!statSync(state).isDirectory()) throw new Error("the ledger does not exist");
  expectEqual(filesWithSecret(state).join(), "", "files");
});

server.close();
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 ? 0 : 1;
