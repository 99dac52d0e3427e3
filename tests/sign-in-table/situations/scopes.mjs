// The access token expires, and the server is particular about scopes.
import { expire } from "../goals.mjs";
import { json, oauthError, without } from "../responses.mjs";

const scopes = (...names) => ({
  resource: (_, usual) => ({ ...usual(), scopes_supported: names }),
});

/** No token response has a scope. */
const unnamed = { tokens: (_, usual) => without(usual(), "scope") };

export const scopesAtRefresh = {
  kind: "Expired access tokens, and scopes",
  situations: [
    {
      name: "no response names the scope, and the refresh requires it (Entra ID), three times",
      goal: expire,
      times: 3,
      server: {
        ...scopes("api://app/mcp"),
        ...unnamed,
        refresh: (_, usual, { form }) =>
          form.get("scope") ? usual() : oauthError(400, "invalid_request", "AADSTS90009"),
      },
    },
    {
      name: "the server rejects any scope at a refresh (Salesforce), twice",
      goal: expire,
      times: 2,
      server: {
        ...scopes("api", "refresh_token"),
        refresh: (_, usual, { form }) =>
          form.get("scope")
            ? oauthError(400, "invalid_request", "scope parameter not supported")
            : usual(),
      },
    },
    {
      name: "a refresh token only for `offline_access`, and no other scope is known",
      goal: expire,
      server: {
        metadata: (_, usual) => ({ ...usual(), scopes_supported: ["offline_access"] }),
        tokens: (_, usual, { grant }) =>
          grant.scope?.includes("offline_access") ? usual() : without(usual(), "refresh_token"),
      },
    },
    {
      name: "the refresh returns no new refresh token, twice",
      goal: expire,
      times: 2,
      server: {
        refresh: (server, _, { form }) => {
          const grant = server.refreshTokens.get(form.get("refresh_token"));
          if (!grant) return oauthError(400, "invalid_grant");
          const access = server.secret("access");
          server.accessTokens.set(access, grant);
          return json(200, { access_token: access, token_type: "Bearer", expires_in: 3600 });
        },
      },
    },
    {
      name: "no response says when the token expires",
      goal: expire,
      server: { tokens: (_, usual) => without(usual(), "expires_in") },
    },
  ],
};
