// Runs programs. Each program gets its own process group, which is killed when the program exits.
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

const defaultSeconds = 60;

/** Kills a program that was started with `detached`, and every process that it started. */
export function killGroup(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {} // the group is already gone
}

/**
 * Runs a program until it exits. Returns `{ command, args, code, stdout, stderr }`, where `code` is
 * the exit code, the signal, or the words of a timeout. Stdin holds `input`, or is empty; it is
 * never a terminal.
 */
export function runProgram(command, args, { env, cwd, input, seconds = defaultSeconds } = {}) {
  const stdin = input === undefined ? "ignore" : "pipe";
  const options = { env, cwd, stdio: [stdin, "pipe", "pipe"], detached: true };
  const child = spawn(command, args, options);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, seconds * 1000);
  child.on("exit", () => killGroup(child));
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"]) {
    child[stream].setEncoding("utf8").on("data", (text) => {
      output[stream] += text;
    });
  }
  child.stdin?.on("error", () => {}); // the program may exit without reading
  child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode, signal) => {
      clearTimeout(timer);
      const [stdout, stderr] = [output.stdout, output.stderr].map(stripVTControlCharacters);
      const code = timedOut ? `timeout after ${seconds} s` : (exitCode ?? signal);
      resolve({ command, args, code, stdout, stderr });
    });
  });
}

/** The exit code and output of a program, as an error message shows them. */
export function describeRun({ code, stdout, stderr }) {
  const streams = Object.entries({ stdout, stderr }).filter(([, text]) => text.trim());
  const lines = streams.map(([name, text]) => text.trimEnd().replace(/^/gm, `${name} | `));
  return [`exit ${code}`, ...lines].join("\n");
}

/** Runs a program, and throws unless it exits with 0. */
export async function mustSucceed(command, args, options) {
  const run = await runProgram(command, args, options);
  if (run.code === 0) return run;
  throw new Error(`\`${args.slice(0, 2).join(" ")}\` failed\n${describeRun(run)}`);
}
