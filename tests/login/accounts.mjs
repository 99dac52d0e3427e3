// Two accounts on one URL, with real servers: two sign-ins, and mcp-remote finds each by the arguments that clients
// pass.
import { mustEqualCounts } from "../lib/lab.mjs";
import { withClients } from "../lib/mcp-client.mjs";
import { signInCounts } from "./bridge-versions.mjs";

const accounts = { home: "me@home.example", work: "me@work.example" };

function declaration(url, cache) {
  const servers = Object.entries(accounts).map(
    ([name, account]) => `[servers.${name}]
url  = "${url}"
auth = { mode = "oauth", account = "${account}" }
`,
  );
  return `clients = ["cursor"]

[launch]
env = { MCP_REMOTE_CONFIG_DIR = "${cache}" }

${servers.join("\n")}`;
}

/** The arguments of mcp-remote after the URL, from the file that a client reads. */
async function argumentsOf(home, name) {
  const { stdout } = await home.mcpgen(["render", "cursor"]);
  const { args } = JSON.parse(stdout).mcpServers[name];
  return args.slice(args.findIndex((arg) => arg.startsWith("http")) + 1);
}

export async function checkAccounts(lab) {
  const servers = { "oidc-provider": await lab.oidc(3600), fastmcp: await lab.fastmcp(3600) };
  for (const [maker, server] of Object.entries(servers)) {
    const home = lab.home(`accounts ${maker}`);
    home.write(declaration(server.url, home.cache));
    for (const name of Object.keys(accounts))
      await lab.check("accounts", `${maker}: ${name} signs in separately`, async () => {
        const counts = await server.countDuring(() => home.mcpgen(["login", name]));
        return mustEqualCounts(counts, signInCounts);
      });
    for (const name of Object.keys(accounts))
      await lab.check("accounts", `${maker}: mcp-remote finds the sign-in of ${name}`, async () => {
        const client = home.startRemote(server.url, undefined, {}, await argumentsOf(home, name));
        const counts = await server.countDuring(() =>
          withClients([client], async () => {
            await client.connect();
            await client.ping();
          }),
        );
        home.mustNotHaveUnwantedPages();
        return mustEqualCounts(counts, {});
      });
  }
}
