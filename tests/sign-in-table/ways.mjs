// The ways to reach a server: each starts the program that a client starts, and runs the commands
// that a person runs before that.
import { newest, remoteScript } from "../lib/pinned.mjs";
import { runProgram } from "../lib/process.mjs";

/** How long a program waits for the person. */
export const signInSeconds = 7;

const commandSeconds = 40;
const timeout = ["--auth-timeout", String(signInSeconds)];

/** What a command prints if it fails. */
export class FailedCommand extends Error {}

async function command(trial, ...args) {
  const { home, env } = trial;
  const options = { env, cwd: home.path, seconds: commandSeconds };
  const run = await runProgram(home.program, args, options);
  if (run.code !== 0) throw new FailedCommand(`${run.stdout}${run.stderr}`.trim() || `${run.code}`);
}

const login = (trial, ...names) =>
  command(trial, "login", ...names, "--timeout", String(signInSeconds));

export const ways = {
  "mcp-remote": {
    client: ({ url, options }) => [
      process.execPath,
      [remoteScript(newest), url, ...options, ...timeout],
    ],
  },

  "mcpgen bridge": {
    client: ({ url, options, ownOptions, home }) => [
      home.program,
      ["bridge", url, ...options, ...ownOptions, ...timeout],
    ],
  },

  /** A declaration, the commands, and what clients start then. */
  "mcpgen login": {
    client: ({ home }) => [home.program, ["exec", "peer"]],

    signIn: (trial) => login(trial, "peer"),

    /** The timer's command, and a login if that fails. */
    async renew(trial, ...flags) {
      try {
        await command(trial, "refresh", "peer", ...flags);
      } catch (error) {
        if (!(error instanceof FailedCommand)) throw error;
        trial.failures.push(error.message);
        await login(trial);
      }
    },
  },
};
