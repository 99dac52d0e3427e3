// Servers, neighbours and clients that do harm, on purpose or not.
import { createHash } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import { connect as openSocket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, expire } from "../goals.mjs";
import { json, redirect, without } from "../responses.mjs";

const callbackPorts = 45_816;

/** The key and the callback port that both bridges compute from a URL. */
function callbackOf(url) {
  const key = createHash("md5").update(url).digest("hex");
  return { key, port: 3335 + (Number.parseInt(key.slice(0, 4), 16) % callbackPorts) };
}

const listens = (server, port) =>
  new Promise((done) => {
    server.once("error", () => done(false)).listen(port, "127.0.0.1", () => done(true));
  });

/** Listens on the callback port of a URL before the program does. */
const occupied = (name, respond) => ({
  name: `the callback port belongs to a program that ${name}`,
  goal: connect,
  async prepare(trial) {
    for (let at = 0; ; at += 1) {
      trial.query = `?at=${at}`;
      const { key, port } = callbackOf(trial.url);
      const server = createHttpServer((request, response) => respond(request, response, key));
      if (port > 32_000 || !(await listens(server, port))) continue;
      trial.owns({
        stop() {
          server.closeAllConnections();
          server.close();
        },
      });
      return;
    }
  },
});

let identifications = 0;

/** Says that it is a bridge every second time, and that nobody has signed in yet. */
function pretend(request, response, key) {
  if (request.url.startsWith("/wait-for-auth")) return response.writeHead(202).end();
  identifications += 1;
  if (identifications % 2 === 0) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ mcpRemote: true, serverUrlHash: key }));
}

/** Sends one byte every half second. */
function trickle(_, response) {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 500);
  response.on("close", () => clearInterval(timer));
}

/** Another authorization server, which gets what the program sends to it. */
async function moveTo(server, trial) {
  const thief = await server.neighbour(trial.situation.server);
  trial.thief = thief;
  server.deviate({
    resource: (_, usual) => ({ ...usual(), authorization_servers: [thief.origin] }),
    accepts: (_, __, { token }) => thief.accessTokens.has(token),
  });
}

const sent = (trial, name) =>
  trial.thief?.requests.some(({ exchange }) => exchange.form.has(name) || exchange.client[name]);

const secret = "a secret of the table";

const badTokens = (name, change) => ({
  name: `the token response has ${name}`,
  goal: connect,
  once: true,
  server: { tokens: (_, usual) => ({ ...usual(), ...change }) },
  refuse: true,
  helps: /token/i,
});

/** Sets another cookie of 3 KB with each response, six in all. */
function setCookies(server, usual) {
  const response = usual();
  const cookie = `big${server.requests.length % 6}=${"x".repeat(3000)}; Path=/`;
  return { ...response, headers: { ...response.headers, "set-cookie": cookie } };
}

/** Signs in, and calls the tool many times. The client may ignore stderr meanwhile. */
const call =
  (times, { reads = true } = {}) =>
  async (trial) => {
    await trial.connect();
    const client = trial.client();
    try {
      if (!reads) client.child.stderr.pause();
      await client.connect();
      for (let left = times; left > 0; left -= 1) await client.ping();
    } finally {
      await client.shutDown();
    }
  };

export const hostile = {
  kind: "Harmful programs and servers",
  situations: [
    occupied("pretends to be a bridge every second time", pretend),
    occupied("sends one byte every half second", trickle),
    {
      name: "a sign-in of an older bridge does not name its issuer, and the server names another one",
      goal: expire,
      async change(server, trial) {
        trial.home.tokens = without(trial.home.tokens, "issuer", "mcpgen");
        await moveTo(server, trial);
      },
      leaks: (trial) =>
        sent(trial, "refresh_token") && "sends the refresh token to the other authorization server",
    },
    {
      name: "a server with a declared client secret names another authorization server",
      goal: expire,
      once: true,
      env: { SECRET: secret },
      options: [
        "--static-oauth-client-info",
        JSON.stringify({ client_id: "app", client_secret: "${SECRET}" }),
      ],
      auth: () => 'mode = "oauth", client-id = "app", client-secret = "env:SECRET"',
      server: {
        metadata: (_, usual) => ({
          ...usual(),
          token_endpoint_auth_methods_supported: ["client_secret_post"],
        }),
      },
      change: moveTo,
      refuse: true,
      leaks: (trial) =>
        sent(trial, "secret") && "sends the client secret to the other authorization server",
    },
    {
      name: "the metadata names an issuer of 800 KB",
      goal: connect,
      once: true,
      refuse: true,
      server: {
        metadata: (_, usual) => ({
          ...usual(),
          issuer: `https://issuer.example/${"eyJhbGciOiJIUzI1NiJ9.".repeat(38_000)}`,
        }),
      },
      helps: /issuer/i,
    },
    {
      name: "the metadata redirects ten times, three seconds each",
      goal: connect,
      once: true,
      refuse: true,
      server: {
        serverMetadata: async (server, _, { query }) => {
          await sleep(3000);
          const step = Number(query.get("step") ?? 0) + 1;
          if (step > 10) return json(200, server.make("metadata"));
          return redirect(`/.well-known/oauth-authorization-server?step=${step}`);
        },
      },
      helps: /timeout|timed out|within/i,
    },
    badTokens("an access token with control characters", {
      access_token: "abc\u001b[31m\r\nX-Injected: yes",
    }),
    badTokens("an empty access token", { access_token: "" }),
    badTokens("an access token of 900 KB", { access_token: "x".repeat(900_000) }),
    badTokens("tokens that are bound to a key (DPoP)", { token_type: "DPoP" }),
    {
      name: "the MCP server sets six cookies of 3 KB, one with each response",
      goal: call(20),
      server: { message: setCookies },
    },
    {
      name: "the MCP server's session id has 4 KB",
      goal: connect,
      server: { session: () => "s".repeat(4096) },
    },
    {
      name: "a client does not read stderr of a bridge with `--debug`, and calls 300 times",
      goal: call(300, { reads: false }),
      options: ["--debug"],
    },
    {
      name: "forty idle connections to the callback port",
      goal: connect,
      prepare({ person }) {
        const { act } = person;
        person.act = async (url) => {
          const { port } = new URL(new URL(url).searchParams.get("redirect_uri"));
          const sockets = Array.from({ length: 40 }, () =>
            openSocket({ port, host: "127.0.0.1" }).on("error", () => {}),
          );
          await sleep(300);
          const ended = await act(url);
          for (const socket of sockets) socket.destroy();
          return ended;
        };
      },
    },
  ],
};
