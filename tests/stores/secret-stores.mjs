// The stores of this run, each with its own secret, and a declaration that refers to them.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atlassianProgram, newest, remoteScript } from "../lib/pinned.mjs";

/** A secret for each store. Only this process, the stores and the servers may hold one. */
export const secrets = Object.fromEntries(
  ["keyring", "pass", "op", "file"].map((store) => [store, `s-${randomBytes(16).toString("hex")}`]),
);
export const user = "me@acme.com";
export const basic = (token) => `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;

/** An OAuth client's secret that must be escaped in JSON, in which the bridge gets it. */
const clientSecret = 'a "quoted" \\ secret';

// ---- the keyring ----

export function unlockKeyring() {
  execFileSync("gnome-keyring-daemon", ["--unlock", "--components=secrets"], {
    input: "of this run alone",
  });
}

export function lockKeyring() {
  const destination = ["--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"];
  const method = "org.freedesktop.Secret.Service.Lock";
  const collection = "array:objpath:/org/freedesktop/secrets/collection/login";
  const args = ["--session", "--print-reply", ...destination, method, collection];
  execFileSync("dbus-send", args);
}

/** Stops the keyring's process, so that it does not respond, and kills it after `use`. */
export async function withHangingKeyring(use) {
  const pattern = "gnome-keyring-daemon --unlock";
  const pid = Number(execFileSync("pgrep", ["-nf", pattern], { encoding: "utf8" }).trim());
  process.kill(pid, "SIGSTOP");
  try {
    await use();
  } finally {
    process.kill(pid, "SIGKILL");
  }
}

// ---- the others ----

export function makePass() {
  const quiet = { stdio: ["pipe", "ignore", "ignore"] };
  const makeKey = (name, passphrase) => {
    const options = ["--batch", "--pinentry-mode", "loopback", "--passphrase", passphrase];
    const key = ["--quick-gen-key", name, "default", "default", "never"];
    execFileSync("gpg", [...options, ...key], quiet);
  };
  const insert = (name, input) => execFileSync("pass", ["insert", "-m", name], { ...quiet, input });
  makeKey("open", "");
  makeKey("locked", "closed");
  execFileSync("pass", ["init", "open"], quiet);
  execFileSync("pass", ["init", "-p", "locked", "locked"], quiet);
  insert("work/github", `${secrets.pass}\nuser: ada\n`);
  insert("locked/github", "x\n");
  // The agent still has the passphrase of the new key.
  execFileSync("gpgconf", ["--kill", "gpg-agent"]);
}

/** Puts a stand-in for `op`, 1Password's program, first on PATH. */
export function makeOp(scratch) {
  const directory = join(scratch, "bin");
  const file = join(scratch, "op-secret");
  const program = join(directory, "op");
  mkdirSync(directory);
  writeFileSync(file, secrets.op, { mode: 0o600 });
  const condition = '[ "$1 $2" = "read op://Private/Tenant/key" ]';
  writeFileSync(program, `#!/bin/sh\n${condition} && cat "${file}" && echo\n`);
  chmodSync(program, 0o755);
  process.env.PATH = `${directory}:${process.env.PATH}`;
}

// ---- the declaration ----

/** Declares a server for each store, and some whose secrets do not exist. */
export function declare(home, origin) {
  const remote = (name, lines) => `[servers.${name}]\nurl = "${origin}/mcp"\n${lines}\n`;
  const file = `token = "file:\${XDG_RUNTIME_DIR}/token", scheme = "Basic", username = "${user}"`;
  const declaration = [
    'clients = ["claude-code", "cursor", "codex", "goose"]',
    `launch = { bridge = ["node", "${realpathSync(remoteScript(newest))}"], secret-timeout = 5 }`,
    "[servers.jira]",
    `command = "${atlassianProgram}"`,
    `env = { JIRA_URL = "${origin}", JIRA_USERNAME = "${user}" }`,
    'secrets = { JIRA_API_TOKEN = "keyring:jira" }',
    // What this server prints shows that it has the secrets, without containing them.
    `[servers.hashes]\ncommand = "sh"`,
    'args = ["-c", "for it in $A $B; do printf %s $it | sha256sum; done"]',
    'secrets = { A = "keyring:jira", B = "file:${XDG_RUNTIME_DIR}/token" }',
    remote("bearer", 'auth = { token = "pass:work/github" }'),
    remote("basic", `auth = { ${file} }`),
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
  writeFileSync(join(home, ".config/mcpgen/mcp.toml"), declaration.join("\n"));
  writeFileSync(join(home, "client"), `${clientSecret}\n`, { mode: 0o600 });
  writeFileSync(join(process.env.XDG_RUNTIME_DIR, "token"), `${secrets.file}\n`, { mode: 0o600 });
}
