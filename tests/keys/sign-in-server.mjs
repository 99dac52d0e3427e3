// A server that requires a sign-in at every path, and its authorization server, on one loopback
// port.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { port } from "./argument-lists.mjs";

const metadata = (base) => ({
  issuer: base,
  authorization_endpoint: `${base}/authorize`,
  token_endpoint: `${base}/token`,
  registration_endpoint: `${base}/register`,
  response_types_supported: ["code"],
  grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
  code_challenge_methods_supported: ["S256"],
  token_endpoint_auth_methods_supported: ["none", "client_secret_post", "client_secret_basic"],
});

const tokens = {
  access_token: "access",
  token_type: "Bearer",
  expires_in: 3600,
  refresh_token: "refresh",
};

const server = createServer(async (request, response) => {
  const base = `http://${request.headers.host}`;
  const path = request.url.split("?")[0];
  const body = await text(request);
  const reply = (status, value, headers = {}) =>
    response
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(JSON.stringify(value));
  const prm = "/.well-known/oauth-protected-resource";
  if (path.startsWith(prm))
    return reply(200, { resource: `${base}/`, authorization_servers: [base] });
  if (path.startsWith("/.well-known/")) return reply(200, metadata(base));
  if (path === "/register") return reply(201, { ...JSON.parse(body), client_id: "registered" });
  if (path === "/token") return reply(200, tokens);
  reply(401, {}, { "www-authenticate": `Bearer resource_metadata="${base}${prm}"` });
});

/** Starts it. */
export const start = () =>
  new Promise((done) => server.listen(port, "localhost", () => done(server)));
