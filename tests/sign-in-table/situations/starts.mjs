// Programs that start at the same time or one after the other, and pages that stay open.
import { setTimeout as sleep } from "node:timers/promises";
import { ignore } from "../person.mjs";

const settle = 400; // milliseconds until a page's sign-in is written and its port is open

/** Starts a client that nobody signs in for; it is killed as soon as its page is open. */
async function abandon(trial) {
  const { pages } = trial.person;
  const before = pages.length;
  const client = trial.client();
  client.connect().catch(() => {}); // it never connects
  try {
    await trial.person.sees(before + 1);
    await sleep(settle);
  } finally {
    await client.stop();
  }
}

/** The first client is killed while its page is open; the person finishes one of both pages. */
const finishes = (chosen) => async (trial) => {
  const { person } = trial;
  const { act } = person;
  person.act = ignore;
  await abandon(trial);
  const client = trial.client();
  try {
    const connected = client.connect();
    connected.catch(() => {}); // awaited below
    await person.sees(2);
    await sleep(settle);
    await act(person.pages[chosen].url);
    await connected;
    await client.ping();
  } finally {
    await client.shutDown();
  }
};

/** Two clients start at once; the person finishes every page. */
async function together(trial) {
  const clients = [trial.client(), trial.client()];
  try {
    await Promise.all(clients.map((client) => client.connect().then(() => client.ping())));
  } finally {
    await Promise.all(clients.map((client) => client.shutDown()));
  }
}

/** Nobody finishes three pages, and then somebody signs in. */
const unfinished = (start) => async (trial) => {
  const { person } = trial;
  const { act } = person;
  person.act = ignore;
  for (let left = 3; left > 0; left -= 1) await start(trial);
  person.act = act;
  await trial.connect();
};

export const starts = {
  kind: "Several starts",
  situations: [
    {
      name: "a bridge is killed, another one starts, and the person finishes the first page",
      goal: finishes(0),
    },
    {
      name: "a bridge is killed, another one starts, and the person finishes the second page",
      goal: finishes(1),
    },
    { name: "two bridges start at once with an empty cache", goal: together },
    {
      name: "three bridges are killed while their pages are open, then somebody signs in",
      goal: unfinished(abandon),
    },
    {
      name: "nobody finishes three pages in time, then somebody signs in",
      goal: unfinished((trial) => trial.tryToConnect()),
    },
  ],
};
