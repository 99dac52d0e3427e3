// The server rejects a refresh, for good or for the moment.
import { expire, expireConnected, wait } from "../goals.mjs";
import { json, oauthError, page } from "../responses.mjs";

/** The refresh token is dead, and the server says so in some way. */
const dead = (name, respond, goal = expire) => ({
  name: `dead refresh token: ${name}`,
  goal,
  change: (server) => server.deviate({ refresh: respond }),
});

/** The token endpoint is busy or broken, and works later. */
const busy = (name, respond) => ({
  name: `the token endpoint is unavailable for a while: ${name}`,
  goal: wait,
  during: (server) => server.deviate({ refresh: respond }),
  after: (server) => server.deviate({ refresh: (_, usual) => usual() }),
});

/** The token endpoint fails once. */
const once = (name, respond) => ({
  name: `the token endpoint fails once: ${name}`,
  goal: expire,
  change: (server) => {
    let failures = 0;
    server.deviate({
      refresh: (_, usual) => {
        failures += 1;
        return failures === 1 ? respond() : usual();
      },
    });
  },
});

/** The metadata of both servers is unavailable when the token has expired. */
const lost = (status) => ({
  name: `discovery responds with ${status} at the refresh`,
  goal: expire,
  change: (server) =>
    server.deviate({
      resourceMetadata: () => page(status, "<html>"),
      serverMetadata: () => page(status, "<html>"),
    }),
});

export const rejectedRefreshes = {
  kind: "Rejected refreshes",
  situations: [
    dead("400 in JSON without an OAuth code", () =>
      json(400, { message: "Invalid Refresh Token: Refresh Token Not Found", code: 400 }),
    ),
    dead(
      "the same while a client is connected",
      () => json(400, { message: "Not Found" }),
      expireConnected,
    ),
    dead("400 `invalid_grant`", () => oauthError(400, "invalid_grant")),
    dead("400 `invalid_request` (Metabase)", () => oauthError(400, "invalid_request")),
    dead("403 `unauthorized_client` (Atlassian)", () =>
      oauthError(403, "unauthorized_client", "refresh_token is invalid"),
    ),
    dead("401 in HTML", () => page(401, "<html>Unauthorized</html>")),
    once("429 with `Retry-After`", () =>
      json(429, { error: "rate_limited" }, { "retry-after": "1" }),
    ),
    once("503 in HTML", () => page(503, "<html>")),
    busy("429 in JSON", () => json(429, { error: "invalid_grant" }, { "retry-after": "1" })),
    busy("503 with an OAuth code in JSON", () => oauthError(503, "temporarily_unavailable")),
    busy("500 with `invalid_grant` in JSON", () => oauthError(500, "invalid_grant")),
    lost(503),
    lost(429),
  ],
};
