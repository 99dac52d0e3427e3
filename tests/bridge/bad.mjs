// Part 4: bad input from a server or a client. The client gets an error with its request's id, a person a line on
// stderr, and the bridge stays small, alive while it is wanted, and ends when it is not. What mcp-remote does is shown
// for comparison.
import { badClients } from "./bad-clients.mjs";
import { badServers } from "./bad-servers.mjs";

export const bad = (bench) =>
  Promise.all([...badServers, ...badClients].map((check) => bench.check("bad", ...check)));
