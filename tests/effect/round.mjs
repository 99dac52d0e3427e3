// One round of the bench: a client runs once in its own home, with one of the bridges.
import { calls, checks, forbidden, tools, wanted } from "./checks.mjs";
import { CountingServer } from "./counting-server.mjs";
import { EffectHome } from "./effect-home.mjs";
import { ScriptedModel } from "./model.mjs";

/**
 * Runs a client of the bench. `name` is its name in a declaration, and `directory` that of its home.
 * Returns its run, and the reasons of each check that fails, by column.
 */
export async function runRound({ mcpgen, directory, name, client, bridge }) {
  const server = await new CountingServer(tools).listen();
  const model = await new ScriptedModel(wanted, forbidden).listen();
  try {
    const home = new EffectHome(mcpgen, directory);
    home.addSettings(client.settings, model);
    for (const enabled of [true, false]) {
      home.declareFor(name, bridge, server, tools, { enabled });
      await home.mcpgen(["apply"]);
    }
    await home.mcpgen(["login", "signed"]);
    home.mustHaveOpened(1);
    server.requests.length = 0;

    const run = await home.runClient(client, model, calls);
    const about = home.record(run, model, server);
    const signIn = home.tokens.access_token;
    const seen = { home, server, model, bridge, connects: client.connects, signIn };
    const columns = Object.entries(checks).map(([column, check]) => {
      const reasons = check(seen).filter((reason) => typeof reason === "string");
      return [column, reasons];
    });
    return { run, about, columns };
  } finally {
    server.stop();
    model.stop();
  }
}
