// Programs that the bench starts. Each gets a process group of its own and ends with it.
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

const patience = 60; // seconds

/** Ends everything that a program started. */
export function endGroup(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {} // nothing is left of it
}

/** Runs a program to its end: how it ended and what it said. Its stdin is no terminal and has nothing. */
export function run(command, args, { env, cwd, seconds = patience }) {
  const child = spawn(command, args, {
    env,
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup(child);
  }, seconds * 1000);
  child.on("exit", () => endGroup(child));
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"]) {
    child[stream].setEncoding("utf8").on("data", (text) => (said[stream] += text));
  }
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const [stdout, stderr] = [said.stdout, said.stderr].map(stripVTControlCharacters);
      done({
        command,
        args,
        code: late ? `no end within ${seconds} s` : (code ?? signal),
        stdout,
        stderr,
      });
    });
  });
}

/** What a failure has to show of a program that was run. */
export function told({ code, stdout, stderr }) {
  const streams = Object.entries({ stdout, stderr }).filter(([, text]) => text.trim());
  const lines = streams.map(([name, text]) => text.trimEnd().replace(/^/gm, `${name} | `));
  return [`exit ${code}`, ...lines].join("\n");
}

/** Runs a program that must end well; the answer is what it printed. */
export async function succeed(command, args, options) {
  const said = await run(command, args, options);
  if (said.code !== 0)
    throw new Error(`\`${args.slice(0, 2).join(" ")}\` does not end well\n${told(said)}`);
  return said;
}
