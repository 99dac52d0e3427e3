// Metadata whose issuer is not the one that the resource names.
import { connect } from "../goals.mjs";
import { json, plain } from "../responses.mjs";

const other = "https://cf.mcp.example.com";
// Nothing listens on this port.
const unreachable = "http://127.0.0.1:19199";

const named = { metadata: (_, usual) => ({ ...usual(), issuer: other }) };
const withoutResourceMetadata = {
  challenge: () => "Bearer",
  resourceMetadata: () => plain(404, ""),
};

const declared = {
  ownOptions: () => ["--issuer", other],
  auth: () => `mode = "oauth", issuer = "${other}"`,
};

/** The resource names an issuer with a path; its metadata is at one of the possible URLs. */
const below = (name, path) => ({
  name: `an issuer with a path, whose metadata is ${name}`,
  goal: connect,
  server: {
    resource: (server, usual) => ({ ...usual(), authorization_servers: [`${server.origin}/t`] }),
    metadata: (server, usual) => ({ ...usual(), issuer: `${server.origin}/t` }),
    serverMetadata: () => plain(404, ""),
    other: (server, usual, { url }) =>
      url.pathname === path ? json(200, server.make("metadata")) : usual(),
  },
});

export const issuers = {
  kind: "Issuers",
  situations: [
    {
      name: "the metadata names an issuer that the server does not name, and the user declares it",
      goal: connect,
      server: named,
      ...declared,
    },
    {
      name: "the same without protected resource metadata (Atlassian)",
      goal: connect,
      server: { ...named, ...withoutResourceMetadata },
      ...declared,
    },
    {
      name: "the metadata names an issuer that the server does not name, and nothing is declared",
      goal: connect,
      server: named,
      refuse: true,
    },
    {
      name: "another issuer than the declared one",
      goal: connect,
      server: { metadata: (_, usual) => ({ ...usual(), issuer: "https://other.example.com" }) },
      ...declared,
      refuse: true,
    },
    {
      name: "the issuer ends with a slash in one place only",
      goal: connect,
      server: { metadata: (server, usual) => ({ ...usual(), issuer: `${server.origin}/` }) },
    },
    below("before the path (RFC 8414)", "/.well-known/oauth-authorization-server/t"),
    below("below the path (OpenID Connect)", "/t/.well-known/openid-configuration"),
    below("below the path, by the other name", "/t/.well-known/oauth-authorization-server"),
    {
      name: "the first of two authorization servers cannot be reached",
      goal: connect,
      server: {
        resource: (server, usual) => ({
          ...usual(),
          authorization_servers: [unreachable, server.origin],
        }),
      },
    },
  ],
};
