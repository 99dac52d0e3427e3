// Headers that are correct, but rarely written this way.
import { connect } from "../goals.mjs";
import { oauthError, redirect } from "../responses.mjs";

const challenge = (name, header) => ({
  name: `the challenge ${name}`,
  goal: connect,
  server: {
    challenge: (_, usual) => header(usual().replace("Bearer ", "")),
    authorize: (_, usual, { query }) =>
      query.get("scope") === "a b" ? usual() : oauthError(400, "invalid_scope"),
  },
});

export const headers = {
  kind: "HTTP",
  situations: [
    challenge("has a space before `=`", (link) => `Bearer scope ="a b", ${link}`),
    challenge("is in lower case, with tabs", (link) => `bearer scope="a b",\t${link}`),
    challenge(
      "comes after one for Basic",
      (link) => `Basic realm="x", Bearer scope="a b", ${link}`,
    ),
    {
      name: "the MCP server redirects to `?tenant=7`",
      goal: connect,
      server: {
        mcp: (_, usual, { query }) =>
          query.get("tenant") === "7" ? usual() : redirect("?tenant=7", 307),
      },
    },
    {
      name: "the MCP server redirects to `../v2/mcp`",
      goal: connect,
      server: {
        mcp: (_, usual, { url }) =>
          url.pathname === "/v2/mcp" ? usual() : redirect("../v2/mcp", 307),
        other: (server, usual, exchange) =>
          exchange.url.pathname === "/v2/mcp" ? server.make("mcp", exchange) : usual(),
      },
    },
  ],
};
