// Called by run.sh: import.mjs MCPGEN SCRATCH [--all]
//
// Does every client list the same servers after `import` and `apply --adopt-all` as it did before? The files in by-hand/
// and home/ are some that a person would write; a secret in them is a variable afterwards. A client without a list is
// asked what its model is offered, as in accept.mjs.
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { succeed } from "../login/process.mjs";
import { install, program } from "./peers.mjs";
import { readers } from "./readers.mjs";
import { filled, start } from "./scripts.mjs";

const [mcpgen, scratch] = process.argv.slice(2, 4).map((path) => resolve(path));
const all = process.argv[4] === "--all";
const here = dirname(fileURLToPath(import.meta.url));
const { bridge, node, clients } = JSON.parse(readFileSync(join(here, "clients.json"), "utf8"));
const home = join(scratch, "by-hand");
const project = join(home, "project");
const secret = "of-this-run-4711-alone";
const wanted = Object.keys(clients).filter((name) => all || !clients[name].big);

/** Lays a file into the scratch home. */
function lay(file, values) {
  const from = [join(here, "by-hand", file), join(here, "home", file)].find((path) =>
    existsSync(path),
  );
  mkdirSync(dirname(join(home, file)), { recursive: true });
  writeFileSync(join(home, file), filled(readFileSync(from, "utf8"), values));
}

/** Runs a program with the scratch home. */
const run = (command, args, env = {}) =>
  succeed(command, args, {
    cwd: project,
    env: {
      PATH: `${dirname(mcpgen)}:${process.env.PATH}`,
      HOME: home,
      HIDDEN_TOKEN: secret,
      NODE_NO_WARNINGS: "1",
      ...env,
    },
  });

/** What a client lists. */
async function list(name, values) {
  const client = clients[name];
  const env = Object.fromEntries(
    Object.entries(client.env ?? {}).map(([key, text]) => [key, filled(text, values)]),
  );
  // The scratch home's mcpgen first, then the node that this client wants.
  const newer = client["newer-node"]
    ? { PATH: `${dirname(mcpgen)}:${dirname(program(node))}:${process.env.PATH}` }
    : {};
  const { stdout, stderr } = await run(program(client), client.command.slice(1), {
    ...env,
    ...newer,
  });
  return new Map(readers[name](stdout.trim() || stderr));
}

/** What is not as it was; where mcpgen starts a server now, its launch has to be another. */
function differences(before, after) {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)].map((seen) => seen && { ...seen });
    if (was && is?.launch?.includes("mcpgen exec ")) was.launch = is.launch;
    const [one, other] = [was, is].map((seen) => JSON.stringify(seen));
    return one === other ? [] : [`\`${name}\` was ${one} and is ${other}`];
  });
}

async function accept(url, model) {
  const values = {
    STDIO: join(here, "stdio.mjs"),
    BRIDGE: realpathSync(program(bridge)),
    URL: url,
    SECRET: secret,
    MODEL: model,
  };
  for (const name of wanted) {
    lay(clients[name].file, values);
    if (clients[name].settings) lay(clients[name].settings, values);
  }
  const before = new Map();
  for (const name of wanted) before.set(name, await list(name, values));

  const { stdout: declaration } = await run(mcpgen, ["import", "--secrets", "env"]);
  await run(mcpgen, ["init", "--import", "--secrets", "env"]);
  await run(mcpgen, ["apply", "--adopt-all"]);

  const faults = [];
  if (declaration.includes(secret)) faults.push("import prints the secret");
  for (const name of wanted) {
    const found = differences(before.get(name), await list(name, values));
    console.log(
      `${found.length ? "FAIL" : "ok  "} ${name.padEnd(12)} ${[...before.get(name).keys()].sort().join(" ")}`,
    );
    faults.push(...found.map((fault) => `${name}: ${fault}`));
    if (readFileSync(join(home, clients[name].file), "utf8").includes(secret))
      faults.push(`${name} still holds it`);
  }
  const { stdout: again } = await run(mcpgen, ["import", "--secrets", "env"]);
  if (again !== declaration) faults.push(`a second import differs:\n${declaration}\n${again}`);
  return faults;
}

const missing = [bridge, node, ...wanted.map((name) => clients[name])].map((peer) =>
  install(peer.package, peer),
);
if (missing.some(Boolean)) throw new Error(missing.filter(Boolean).join("\n"));
mkdirSync(project, { recursive: true });

const server = await start("http.mjs");
const model = await start("model.mjs");
try {
  const faults = await accept(server.url, model.url);
  for (const fault of faults) console.log(`       ${fault}`);
  console.log(
    `import: ${faults.length === 0 ? "every client lists what it did" : "clients differ"}`,
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  server.server.kill();
  model.server.kill();
}
