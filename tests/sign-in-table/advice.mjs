// What messages about sign-ins tell people to type, typed in the situation in which the message
// appears: afterwards the client must be able to call the tool.
//
// A situation has, besides the members that Trial reads: `before`, what leads to it; `asks`, the
// arguments of the command that prints the message (without it, a bridge does), which some commands
// print only `onTerminal`; `says`, the advice in the message, whose groups are what somebody types;
// `follow`, how; and `pages`, how many pages open then, unless it is one.
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { describeRun } from "../lib/process.mjs";
import { Trial } from "./trial.mjs";
import { loginArgs, run, signInSeconds } from "./ways.mjs";

/** Types a command into a shell. It must succeed. */
async function type(trial, line, input) {
  const { home, env } = trial;
  const shell = { home, env: { ...env, PATH: `${dirname(home.program)}:${env.PATH}` } };
  const done = await run(shell, "/bin/sh", ["-c", line], input);
  if (done.code !== 0) throw new Error(`\`${line}\` fails\n${describeRun(done)}`);
}

/** Ways to follow an advice; each gets what the pattern of the advice has found. */
export const follow = {
  /** It is a command. */
  command: (trial, [line]) => type(trial, line),

  /** It is the whole `auth` of the declaration. */
  async auth(trial, [auth]) {
    trial.declare({ auth });
    await type(trial, `mcpgen ${loginArgs("peer").join(" ")}`);
  },

  /** It is a field of `auth`. */
  field: (trial, [field]) => follow.auth(trial, [`mode = "oauth", ${field}`]),

  /** It is a field of the server. */
  async serverField(trial, [declared]) {
    trial.declare({ declared });
    await type(trial, `mcpgen ${loginArgs("peer").join(" ")}`);
  },

  /** It is an option of the bridge. */
  bridgeOption(trial, [option]) {
    trial.launch = ["bridge", trial.url, ...option.split(" ")];
  },

  /** It is `--no-browser`: the person opens the page elsewhere, and pastes its last URL. */
  async paste({ home, env, person }, [option]) {
    const options = { env, cwd: home.path, stdio: ["pipe", "ignore", "pipe"] };
    const child = spawn(home.program, [...loginArgs("peer"), option], options);
    let text = "";
    child.stderr.setEncoding("utf8").on("data", async (more) => {
      const before = /^ +(http\S+)$/m.test(text);
      text += more;
      const [, url] = /^ +(http\S+)\n/m.exec(text) ?? [];
      if (url && !before) child.stdin.end(`${await person.lastUrl(url)}\n`);
    });
    const code = await new Promise((done) => child.on("close", done));
    if (code !== 0) throw new Error(`login fails\n${text}`);
  },

  /** It is an option of `login URL` and of the bridge. */
  async option(trial, [option]) {
    await type(trial, `mcpgen ${loginArgs(trial.url).join(" ")} ${option}`);
    trial.launch = ["bridge", trial.url, ...option.split(" ")];
  },
};

/** Starts a bridge that cannot connect. Returns its error message. */
async function askBridge(trial) {
  trial.launch = ["bridge", trial.url, "--auth-timeout", String(signInSeconds)];
  const client = trial.client();
  const stderr = await client.connect().then(
    () => "",
    ({ message }) => message,
  );
  await client.shutDown();
  return { code: 0, stdout: "", stderr };
}

/** Runs the command that prints the message. Some print it only to a terminal. */
function ask(trial) {
  if (!trial.situation.asks) return askBridge(trial);
  const args = trial.situation.asks(trial);
  const { program } = trial.home;
  if (!trial.situation.onTerminal) return run(trial, program, args);
  return run(trial, "script", ["-qec", [program, ...args].join(" "), "/dev/null"]);
}

/** Checks one advice. Throws if the message is missing, or if it does not help. */
export async function checkAdvice(situation, home) {
  const trial = new Trial(situation, "mcpgen login", home);
  try {
    await trial.start();
    await situation.before?.(trial);
    const asked = await ask(trial);
    const text = `${asked.stdout}${asked.stderr}`.replace(/\s+/g, " ");
    const found = situation.says.exec(text);
    if (!found) throw new Error(`the message has no \`${situation.says}\`\n${describeRun(asked)}`);
    await trial.begin();
    await situation.follow(trial, found.slice(1));
    await trial.reconnect();
    const { pages } = await trial.facts();
    const expected = situation.pages ?? 1;
    if (pages !== expected) throw new Error(`${pages} pages opened, not ${expected}`);
    await situation.holds?.(trial);
  } finally {
    await trial.stop();
  }
}
