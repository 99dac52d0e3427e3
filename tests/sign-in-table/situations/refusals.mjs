// The MCP server refuses an access token that has not expired in the cache, in one way or another.
import { refuse, refuseConnected } from "../goals.mjs";
import { json, page, plain } from "../responses.mjs";

/** What the server responds to a token that it no longer accepts, at a start and during a session. */
const refusal = (name, respond) =>
  [
    ["", refuse],
    [", while a client is connected", refuseConnected],
  ].map(([when, goal]) => ({
    name: `a refused access token is ${name}${when}`,
    goal,
    change: (server) => server.deviate({ refuse: respond }),
  }));

const challenge = (status, text) =>
  json(status, { error: "invalid_token" }, { "www-authenticate": text });

export const refusals = {
  kind: "Refused access tokens",
  situations: [
    ...refusal("401 without a challenge", () => json(401, { error: "invalid_token" })),
    ...refusal("401 with a challenge", (_, usual) => usual()),
    ...refusal("400 `invalid_token`", () => challenge(400, 'Bearer error="invalid_token"')),
    ...refusal("403 `insufficient_scope`", () =>
      challenge(403, 'Bearer error="insufficient_scope", scope="read"'),
    ),
    ...refusal("403 without a challenge", () => json(403, { error: "forbidden" })),
    ...refusal("500", () => json(500, { error: "server_error" })),
    ...refusal("a web page with 200", () => page(200, "<html>Sign in</html>")),
    {
      name: "the authorization server has another host name",
      goal: refuse,
      change(server) {
        const moved = (text) => text.replace("127.0.0.1", "localhost");
        server.deviate({
          resource: (_, usual) => ({ ...usual(), authorization_servers: [moved(server.origin)] }),
          serverMetadata: (_, usual) => ({ ...usual(), body: moved(usual().body) }),
        });
      },
    },
    {
      name: "the protected resource metadata is 503 when the token is refused",
      goal: refuse,
      change: (server) => server.deviate({ resourceMetadata: () => plain(503, "") }),
    },
  ],
};
