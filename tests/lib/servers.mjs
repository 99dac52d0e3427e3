// Starts servers that print their URL once they listen.
import { spawn } from "node:child_process";
import { killGroup } from "./process.mjs";

/** Starts a server. Returns its `url` and `stop`. */
export async function startServer(command, args, { env } = {}) {
  const options = { env, stdio: ["ignore", "pipe", "pipe"], detached: true };
  const child = spawn(command, args.map(String), options);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    if (stderr.length < 1 << 16) stderr += text;
  });
  const url = await new Promise((resolve, reject) => {
    child.stdout.setEncoding("utf8").once("data", resolve);
    child.on("error", reject);
    child.on("exit", (code) =>
      reject(new Error(`\`${args.join(" ")}\` exited with ${code}\n${stderr}`)),
    );
  });
  return { url: url.trim(), stop: () => killGroup(child) };
}

/** Starts one of our own scripts as a server. */
export const startScript = (script, ...args) => startServer(process.execPath, [script, ...args]);
