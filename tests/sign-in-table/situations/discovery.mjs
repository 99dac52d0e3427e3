// Metadata and endpoints that are missing, broken, slow or unusual, although a sign-in is possible.
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { connect } from "../goals.mjs";
import { json, page, plain, without } from "../responses.mjs";

const app = () => page(200, "<!doctype html><title>app</title>");

/** The URL in the challenge has no metadata; the well-known URL has. */
const brokenLink = (name, respond) => ({
  name: `the URL in the challenge ${name}`,
  goal: connect,
  server: {
    challenge: (server) => `Bearer resource_metadata="${server.origin}/broken"`,
    other: (_, usual, { url }) => (url.pathname === "/broken" ? respond() : usual()),
  },
});

/** Nobody asked for compression. */
function compressed(_, usual) {
  const response = usual();
  if (!response.body) return response;
  const headers = { ...response.headers, "content-encoding": "gzip" };
  return { ...response, headers, body: gzipSync(response.body) };
}

const resource = (name, value) => ({
  name: `the metadata names the resource ${name}`,
  goal: connect,
  server: { resource: (server, usual) => ({ ...usual(), resource: value(server) }) },
});

const registration = (name, change) => ({
  name: `the registration response ${name}`,
  goal: connect,
  server: {
    register: (_, usual) => {
      const { status, body } = usual();
      return change(status, JSON.parse(body));
    },
  },
});

export const discovery = {
  kind: "Discovery and registration",
  situations: [
    brokenLink("is 404", () => plain(404, "Not Found")),
    brokenLink("is a web page", app),
    {
      name: "`revocation_endpoint` is on plain http elsewhere",
      goal: connect,
      server: {
        metadata: (_, usual) => ({
          ...usual(),
          revocation_endpoint: "http://auth.internal.example/revoke",
        }),
      },
    },
    {
      name: "members of the metadata are `null`",
      goal: connect,
      server: {
        metadata: (_, usual) => ({
          ...usual(),
          revocation_endpoint: null,
          scopes_supported: null,
          token_endpoint_auth_methods_supported: null,
        }),
      },
    },
    {
      name: "the protected resource metadata has no `resource`",
      goal: connect,
      server: { resource: (_, usual) => without(usual(), "resource") },
    },
    resource("as its origin with a slash", (server) => `${server.origin}/`),
    resource("with one more slash", (server) => `${server.url}/`),
    {
      ...resource("by another host name", (server) => `http://localhost:${server.port}/mcp`),
      helps: /declare the URL/,
    },
    {
      name: "no protected resource metadata; the well-known URL is a web page",
      goal: connect,
      server: { challenge: () => "Bearer", resourceMetadata: app },
    },
    {
      name: "no protected resource metadata; the well-known URL is 401",
      goal: connect,
      server: { challenge: () => "Bearer", resourceMetadata: () => plain(401, "") },
    },
    {
      name: "no metadata at all, but the endpoints of the revision 2025-03-26",
      goal: connect,
      server: {
        challenge: () => "Bearer",
        resourceMetadata: () => plain(404, ""),
        serverMetadata: () => plain(404, ""),
      },
    },
    {
      name: "the authorization endpoint has a query (Azure AD B2C)",
      goal: connect,
      server: {
        metadata: (server, usual) => ({
          ...usual(),
          authorization_endpoint: `${server.origin}/authorize?p=B2C_1`,
        }),
        authorize: (_, usual, { query }) =>
          query.get("p") === "B2C_1" ? usual() : plain(400, "no policy"),
      },
    },
    {
      name: "the URL has a query (Supabase)",
      goal: connect,
      query: "?project_ref=abc&read_only=true",
    },
    {
      name: "the code exchange takes 20 seconds",
      goal: connect,
      seconds: 45,
      server: {
        exchangeCode: async (_, usual) => {
          await sleep(20_000);
          return usual();
        },
      },
    },
    {
      name: "every response is compressed, although nobody asked for that",
      goal: connect,
      server: {
        resourceMetadata: compressed,
        serverMetadata: compressed,
        register: compressed,
        issued: compressed,
        message: compressed,
      },
    },
    registration("is 200 in place of 201", (_, body) => json(200, body)),
    registration("has members that are `null` or empty", (status, body) =>
      json(status, { ...body, client_secret: null, client_uri: "", logo_uri: "", scope: null }),
    ),
  ],
};
