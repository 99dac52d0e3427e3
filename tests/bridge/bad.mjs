// Part 4: bad input from a server or a client. The client gets an error with its request's id,
// stderr has a message for a person, and the bridge needs little memory, continues to run, and
// exits with its client. What mcp-remote does is shown for comparison.
import { badClients } from "./bad-clients.mjs";
import { badServers } from "./bad-servers.mjs";

export const bad = (bench) =>
  Promise.all([...badServers, ...badClients].map((check) => bench.check("bad", ...check)));
