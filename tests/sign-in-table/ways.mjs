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

/** Runs a program in the home of a trial. Returns what `runProgram` does. */
export const run = ({ home, env }, program, args, input) =>
  runProgram(program, args, { env, cwd: home.path, input, seconds: commandSeconds });

async function command(trial, ...args) {
  const { code, stdout, stderr } = await run(trial, trial.home.program, args);
  if (code !== 0) throw new FailedCommand(`${stdout}${stderr}`.trim() || `${code}`);
}

export const loginArgs = (...names) => ["login", ...names, "--timeout", String(signInSeconds)];

const login = (trial, ...names) => command(trial, ...loginArgs(...names));
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
    client: ({ home, launch = ["exec", "peer"] }) => [home.program, launch],

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
