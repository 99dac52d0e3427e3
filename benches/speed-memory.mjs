// The memory of bridges after long messages and of many bridges at once, and the wakeups of an idle bridge.
import { readdirSync, readFileSync } from "node:fs";
import { BridgeClient } from "./speed-clients.mjs";

const long = 10e6;
// A bridge that is idle for this long has ended the threads that it does not need.
const calm = 10;

const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function connected(command) {
  const client = new BridgeClient(command);
  await client.connect();
  await client.call();
  return client;
}

/** The resident memory in MiB: after one call, the peak of long messages, and a while after them. */
export async function measureLong(command) {
  const client = await connected(command);
  try {
    const start = client.resident();
    for (let turn = 0; turn < 2; turn += 1) await client.callLong(long);
    await Promise.all(Array.from({ length: 8 }, () => client.callLong(long)));
    await wait(calm);
    return { start, peak: client.peak(), later: client.resident() };
  } finally {
    await client.stop();
  }
}

/** The memory in MiB of bridges that run at the same time; memory that they share counts once. */
export async function measureMany(command, count) {
  const clients = await Promise.all(Array.from({ length: count }, () => connected(command)));
  try {
    return clients.reduce((sum, client) => sum + client.proportional(), 0);
  } finally {
    await Promise.all(clients.map((client) => client.stop()));
  }
}

/** How often the threads of an idle bridge wake up: each waits again afterwards, which the kernel counts. */
export async function countWakeups(command, seconds) {
  const client = await connected(command);
  try {
    await wait(calm + 2);
    const before = waits(client.pid);
    await wait(seconds);
    return waits(client.pid) - before;
  } finally {
    await client.stop();
  }
}

function waits(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const count = (task) =>
    Number(
      /^voluntary_ctxt_switches:\s*(\d+)/m.exec(
        readFileSync(`/proc/${pid}/task/${task}/status`, "utf8"),
      )[1],
    );
  return tasks.reduce((sum, task) => sum + count(task), 0);
}
