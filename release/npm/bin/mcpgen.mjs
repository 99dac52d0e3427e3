#!/usr/bin/env node
// Runs the program in the package for this platform, with the same streams, signals and exit code.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { optionalDependencies } = require("../package.json");
const platform = `${process.platform}-${process.arch}`;
const packages = Object.keys(optionalDependencies);

function findProgram() {
  const name = packages.find((name) => name.endsWith(`/${platform}`));
  if (!name) {
    throw new Error(
      `there is no program for ${platform}, only for ${packages.map((name) => name.split("/")[1])}`,
    );
  }
  try {
    return require.resolve(`${name}/bin/mcpgen`);
  } catch {
    throw new Error(
      `the package ${name} is not installed; install its archive, and do not omit optional dependencies`,
    );
  }
}

function run(program) {
  const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
  const signals = ["SIGHUP", "SIGINT", "SIGTERM"];
  for (const signal of signals) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", fail);
  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exit(code);
    }
    for (const handled of signals) {
      process.removeAllListeners(handled);
    }
    process.kill(process.pid, signal);
  });
}

function fail(error) {
  console.error(`error: cannot start mcpgen: ${error.message}`);
  process.exit(1);
}

try {
  run(findProgram());
} catch (error) {
  fail(error);
}
