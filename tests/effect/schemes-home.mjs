// The stores of the bench of schemes, and the home directory of one client, with a local server for each reference.
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { cpSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "../lib/process.mjs";
import { EffectHome } from "./effect-home.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const program = join(here, "scheme-server.mjs");

/** The references: the server, its tool, and where its secret is. */
export const references = [
  { server: "by-name", tool: "amber", reference: "env:SCHEME_TOKEN" },
  { server: "by-known-name", tool: "birch", reference: "env:GITHUB_TOKEN" },
  { server: "by-file", tool: "cedar", reference: "file:$" + "{XDG_RUNTIME_DIR}/scheme" },
  { server: "by-keyring", tool: "dahlia", reference: "keyring:scheme" },
  { server: "by-pass", tool: "elder", reference: "pass:work/scheme" },
  { server: "by-command", tool: "fennel", reference: "command:~/bin/scheme" },
].map((it) => ({ ...it, secret: `s-${randomBytes(16).toString("hex")}` }));
const secretOf = Object.fromEntries(references.map(({ server, secret }) => [server, secret]));

/** Creates the stores that all clients share: the keyring and the runtime directory. */
export function fillStores(scratch, mcpgen) {
  const home = join(scratch, "stores");
  const env = { ...process.env, HOME: home, GNUPGHOME: undefined, PASSWORD_STORE_DIR: undefined };
  const run = (command, args, input) =>
    execFileSync(command, args, { env, input, stdio: ["pipe", "ignore", "ignore"] });
  run("gnome-keyring-daemon", ["--unlock", "--components=secrets"], "of this run alone");
  run(mcpgen, ["secret", "set", "scheme", "--stdin"], secretOf["by-keyring"]);
  const options = ["--batch", "--pinentry-mode", "loopback", "--passphrase", ""];
  run("gpg", [...options, "--quick-gen-key", "scheme", "default", "default", "never"]);
  run("pass", ["init", "scheme"]);
  run("pass", ["insert", "-m", "work/scheme"], `${secretOf["by-pass"]}\n`);
  run("gpgconf", ["--kill", "all"]); // only files can be copied to the homes of the clients
  writeFileSync(join(process.env.XDG_RUNTIME_DIR, "scheme"), secretOf["by-file"], { mode: 0o600 });
}

export class SchemesHome extends EffectHome {
  constructor(mcpgen, path, client) {
    super(mcpgen, path);
    this.client = client;
    for (const store of [".gnupg", ".password-store"])
      cpSync(join(path, "..", "stores", store), join(path, store), { recursive: true });
    const print = `#!/bin/sh\nprintf %s ${secretOf["by-command"]}\n`;
    writeFileSync(join(this.bin, "scheme"), print, { mode: 0o700 });
    const servers = references.map(({ server, tool, reference }) => {
      const args = [program, join(path, `${server}.log`), tool];
      return `[servers.${server}]
command = ${JSON.stringify(process.execPath)}
args = ${JSON.stringify(args)}
secrets.SECRET = ${JSON.stringify(reference)}
`;
    });
    this.write(`clients = ["${client}"]\n${servers.join("")}`);
  }

  get env() {
    return {
      ...super.env,
      SCHEME_TOKEN: secretOf["by-name"],
      GITHUB_TOKEN: secretOf["by-known-name"],
      XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR,
      DBUS_SESSION_BUS_ADDRESS: process.env.DBUS_SESSION_BUS_ADDRESS,
    };
  }

  /** What mcpgen says: for each command, the servers whose secrets do not reach them. */
  async reported() {
    const { client } = this;
    const run = (...args) => runProgram(this.program, args, { env: this.env, cwd: this.path });
    const secrets = JSON.parse((await run("check", "--secrets", "--json")).stdout);
    const lost = secrets.filter(({ found }) => !found).map(({ server }) => server);
    if (lost.length > 0) throw new Error(`mcpgen itself cannot resolve ${lost}`);
    const named = (text) =>
      references
        .map(({ server }) => server)
        .filter((server) => text.includes(`\`${server}\` cannot`));
    const plan = JSON.parse((await run("plan", "--json")).stdout);
    await this.mcpgen(["apply"]);
    const doctor = JSON.parse((await run("doctor", "--json")).stdout);
    const withheld = doctor.filter(({ code }) => code === "withheld");
    return {
      "check --secrets": secrets
        .filter((it) => it.unresolved_in.includes(client))
        .map(({ server }) => server),
      plan: named(JSON.stringify(plan)),
      doctor: named(JSON.stringify(withheld)),
    };
  }

  /**
   * Whether the client has called the tool of a server with a secret. If the client only connects:
   * whether it has connected. Throws if the server has another secret.
   */
  hasArrived({ server, secret }, connects) {
    const hash = createHash("sha256").update(secret).digest("hex");
    const lines = this.linesOf(server).map((line) => line.split(" "));
    if (lines.some(([, other]) => other !== hash)) throw new Error(`${server}: another secret`);
    return lines.some(([method]) => connects || method === "tools/call");
  }
}
