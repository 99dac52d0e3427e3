// The server forgets the clients that it has registered, for example because it keeps them in
// memory and is restarted. What it responds then differs from server to server.
import { refuse } from "../goals.mjs";
import { json, leadBack, oauthError, page, plain, redirect, without } from "../responses.mjs";

/** The server knows no client and no token any more, and responds in some way to the old ones. */
function forget(server, { authorize, refresh, exchangeCode }) {
  const forgotten = new Set(server.clients.keys());
  server.refreshTokens.clear();
  const toForgotten = (respond) => (server, usual, exchange) => {
    const id = exchange.query.get("client_id") ?? exchange.client.id;
    return respond && forgotten.has(id) ? respond(server, exchange) : usual();
  };
  server.deviate({
    authorize: toForgotten(authorize),
    refresh: toForgotten(refresh),
    exchangeCode: toForgotten(exchangeCode),
  });
}

const unknown = () => oauthError(401, "invalid_client");

const situation = (name, responses, more = {}) => ({
  name,
  goal: refuse,
  change: (server) => forget(server, { refresh: unknown, exchangeCode: unknown, ...responses }),
  ...more,
});

const withoutRefreshToken = { tokens: (_, usual) => without(usual(), "refresh_token") };

/** What the authorization endpoint responds to a client that it has forgotten. */
const shapes = {
  "is 400 `invalid_request` in JSON (FastMCP)": () =>
    oauthError(400, "invalid_request", "Client ID is not registered with this server"),
  "is 400 `invalid_client` in JSON": () => oauthError(400, "invalid_client"),
  "is 422 in JSON (Supabase)": () => json(422, { message: "Unrecognized client_id" }),
  "is 500": () => page(500, "<html><h1>Internal Server Error</h1></html>"),
  "is 401 without a body": () => plain(401, ""),
  "is 404": () => plain(404, "Not Found"),
  "is 410": () => plain(410, ""),
  "is 403 `unauthorized_client` in JSON": () => oauthError(403, "unauthorized_client"),
  "is 400 in HTML": () => page(400, "<html><p>Unknown client</p></html>"),
  "is 200 and says so in HTML": () => page(200, "<html><p>The client was not found.</p></html>"),
  "is 200 and says nothing": () => page(200, "<html><script src=app.js></script></html>"),
  "leads to an error page": () =>
    redirect("/oauth/error?error=invalid_request&message=unknown+client"),
  "leads back with `invalid_client`": (_, { query }) => leadBack(query, "invalid_client"),
};

const shapesWith = (what, more) =>
  Object.entries(shapes).map(([shape, authorize]) =>
    situation(`${what}, and the page ${shape}`, { authorize }, more),
  );

export const forgotten = {
  kind: "Clients that the server has forgotten",
  situations: [
    ...shapesWith("the refresh is `invalid_client`"),
    ...shapesWith("the sign-in has no refresh token", { server: withoutRefreshToken }),
    situation("only the code exchange and the refresh say so", {}),
    situation("only the refresh says so", { exchangeCode: undefined }),
    situation("the refresh is `invalid_grant`, and the page is 422", {
      refresh: () => oauthError(400, "invalid_grant"),
      authorize: shapes["is 422 in JSON (Supabase)"],
    }),
    situation(
      "the sign-in has no refresh token, and only the code exchange says so",
      {},
      {
        server: withoutRefreshToken,
      },
    ),
  ],
};
