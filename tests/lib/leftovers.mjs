// Some clients start a daemon that outlives them, in a process group of its own.
import { readdirSync, readFileSync } from "node:fs";

const environmentOf = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // it has exited, or it is another user's
  }
};

/** Kills the processes whose home directory is `home`. Only Linux shows them. */
export function endProcessesOf(home) {
  let pids;
  try {
    pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return; // not Linux
  }
  for (const pid of pids) {
    if (!environmentOf(pid).includes(`HOME=${home}`)) continue;
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {} // it has exited
  }
}
