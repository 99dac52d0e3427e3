// What happens to the token while a client uses it, and what the client must do then.
import { join } from "node:path";
import { describeRun, runProgram } from "../lib/process.mjs";
import { HeadersHome } from "./headers-home.mjs";
import { PacedModel } from "./paced-model.mjs";

const nothing = async () => {};

/** Signs in for a client, at a server. */
async function prepared({ mcpgen, scratch, name, client }, title, server, model) {
  const directory = `${name}-${title}`.replaceAll(/[^\w.-]+/g, "-");
  const home = new HeadersHome(mcpgen, join(scratch, directory));
  home.addSettings(client.settings, model);
  home.declareHeaders(name, server.url);
  await home.mcpgen(["apply"]);
  await home.mcpgen(["login", "peer"]);
  home.mustHaveOpened(1);
  return home;
}

/**
 * Only mcpgen refreshes, as often as expected, and nobody signs in again. If a client starts late, the
 * first token may have to be refreshed too.
 */
function mustHaveRefreshed(counts, refreshes) {
  const by = (pattern) =>
    Object.entries(counts)
      .filter(([name]) => pattern.test(name))
      .reduce((sum, [, count]) => sum + count, 0);
  const seen = [
    by(/^authorize/),
    by(/^refresh_token by mcpgen$/),
    by(/^refresh_token(?! by mcpgen$)/),
  ];
  const expected = [refreshes].flat().map((times) => [1, times, 0].join());
  if (!expected.includes(seen.join()))
    throw new Error(`the server received: ${JSON.stringify(counts)}`);
}

/**
 * A session with two calls of a tool. `start` starts the server, `first` runs before the client, and
 * `between` before the second call. Both get the home and the server. `refreshes` is how often mcpgen
 * must refresh. `ends`: the server ends the sign-in, so the second call has no result, and mcpgen says
 * what to type.
 */
function session(title, options) {
  const {
    start,
    first = nothing,
    between = nothing,
    refreshes,
    quick = false,
    ends = false,
  } = options;
  const run = async (context) => {
    const server = await start(context.lab);
    let home;
    const model = await new PacedModel([nothing, () => between(home, server)]).listen();
    let ran;
    try {
      const counts = await server.countDuring(async () => {
        home = await prepared(context, title, server, model);
        await first(home, server);
        ran = await home.runClient(context.client, model, []);
      });
      if (ends) return await mustHaveEnded(home, model);
      if (model.results !== 2)
        throw new Error(
          `${model.results} of 2 calls have a result; ${home.asked} times headers\n${describeRun(ran).slice(-1500)}`,
        );
      home.mustShareTheSignIn();
      mustHaveRefreshed(counts, refreshes);
      return `headers printed ${home.asked} times`;
    } finally {
      model.stop();
      server.stop();
    }
  };
  return { quick, run };
}

async function mustHaveEnded(home, model) {
  if (model.results !== 1) throw new Error(`${model.results} of 2 calls have a result, not 1`);
  const { code, stdout, stderr } = await runProgram(home.program, ["headers", "peer"], {
    env: home.env,
  });
  if (code !== 1 || stdout !== "" || !/^mcpgen: .*`mcpgen login peer`\n$/.test(stderr))
    throw new Error(describeRun({ code, stdout, stderr }));
  return "the sign-in ends";
}

/** A client without an account, which only connects: once, and again after something happened. */
function connections(title, { start, between, refreshes, quick = false }) {
  const run = async (context) => {
    const server = await start(context.lab);
    const model = await new PacedModel([]).listen();
    try {
      const counts = await server.countDuring(async () => {
        const home = await prepared(context, title, server, model);
        for (const before of [nothing, between]) {
          await before(home, server);
          const ran = await home.runClient(context.client, model, []);
          if (
            !/peer\b.*\bconnected/i.test(ran.stdout + ran.stderr) ||
            /disconnected/i.test(ran.stdout)
          )
            throw new Error(`the client does not connect\n${describeRun(ran).slice(-1500)}`);
        }
        home.mustShareTheSignIn();
      });
      mustHaveRefreshed(counts, refreshes);
      return "connects twice";
    } finally {
      model.stop();
      server.stop();
    }
  };
  return { quick, connects: true, run };
}

const oidc =
  (seconds, ...options) =>
  (lab) =>
    lab.oidc(seconds, ...options);
const fastmcp = (seconds) => (lab) => lab.fastmcp(seconds);
const refuse = (_home, server) => server.change("/refuse");

/** What a timer does: it refreshes when half of the lifetime is over, before the token expires. */
async function withTimer(home) {
  await home.waitUntilExpired(0.5);
  const { expires_at: end } = home.tokens;
  await home.mcpgen(["refresh"]);
  await new Promise((done) => setTimeout(done, Math.max(end - Date.now() + 700, 0)));
}

export const situations = {
  "oidc-provider: the token expires": session("oidc-expires", {
    quick: true,
    start: oidc(16, "always"),
    between: (home) => home.waitUntilExpired(),
    refreshes: 1,
  }),
  "oidc-provider: the token is refused": session("oidc-refused", {
    quick: true,
    start: oidc(3600),
    between: refuse,
    refreshes: 1,
  }),
  "oidc-provider: the token is refused at the start": session("oidc-start", {
    start: oidc(3600),
    first: refuse,
    refreshes: 1,
  }),
  "fastmcp: the token expires, with a timer": session("fastmcp-expires", {
    start: fastmcp(30),
    between: withTimer,
    refreshes: 1,
  }),
  "fastmcp: the token expires, without a timer": session("fastmcp-ends", {
    start: fastmcp(30),
    between: (home) => home.waitUntilExpired(),
    ends: true,
  }),
  "fastmcp: the token is refused": session("fastmcp-refused", {
    start: fastmcp(3600),
    between: refuse,
    refreshes: 1,
  }),
  "oidc-provider: connects after the token has expired": connections("oidc-connects", {
    start: oidc(24, "always"),
    between: (home) => home.waitUntilExpired(),
    refreshes: [1, 2],
  }),
  "fastmcp: connects after the token has expired": connections("fastmcp-connects", {
    start: fastmcp(24),
    between: (home) => home.waitUntilExpired(),
    refreshes: 1,
  }),
};
