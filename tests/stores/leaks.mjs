// Searches files and processes for the secrets of this run.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { basic, secrets } from "./secret-stores.mjs";

const needles = [
  ...Object.values(secrets),
  ...[secrets.file, secrets.keyring].map((secret) => basic(secret).slice("Basic ".length)),
];

/** Whether some bytes contain a secret. */
export const hasSecret = (bytes) => needles.some((needle) => bytes.includes(needle));

/** The files below a directory that contain a secret. */
export function filesWithSecret(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => hasSecret(readFileSync(path, "latin1")));
}

/** The processes whose `cmdline` or `environ` contains a secret. */
export function processesWithSecret(file) {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return hasSecret(readFileSync(`/proc/${pid}/${file}`, "latin1"));
      } catch {
        return false; // it has exited meanwhile
      }
    })
    .map(Number);
}
