// An identity provider: oidc-provider, certified and strict. Its token exchange (RFC 8693), which issues assertions for
// other authorization servers (ID-JAGs), and the policy behind it are stand-ins: oidc-provider has neither.
//
//   idp-server.mjs PACKAGES SECONDS
//
// PACKAGES is the directory that has oidc-provider. An ID token lives for SECONDS. Prints the issuer once it listens; GET
// `/counts` returns the requests so far. POST `/deny?ISSUER` makes the policy refuse an authorization server, and POST
// `/allow` ends that.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, seconds] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));
const load = (name, from = require) => import(pathToFileURL(from.resolve(name)));
const { default: Provider, errors } = await load("oidc-provider");
const { SignJWT, createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } = await load(
  "jose",
  createRequire(require.resolve("oidc-provider")),
);

const exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
const idJag = "urn:ietf:params:oauth:token-type:id-jag";
const idToken = "urn:ietf:params:oauth:token-type:id_token";

/** The OAuth client that every server knows. */
const clientAtServers = "mcp-client";

const counts = {};
const count = (what) => {
  counts[what] = (counts[what] ?? 0) + 1;
};
const denied = new Set();

const server = createServer();
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const issuer = `http://localhost:${server.address().port}`;

const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
const names = { kid: "key", use: "sig", alg: "RS256" };
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), ...names }] });

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...(await exportJWK(privateKey)), ...names }] },
  clients: [
    {
      client_id: "mcpgen",
      client_secret: "the secret of a client at the provider",
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token", exchange],
      redirect_uris: ["http://localhost/oauth/callback"],
    },
  ],
  features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
  scopes: ["openid", "offline_access", "email"],
  claims: { email: ["email"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.com` }),
  }),
  rotateRefreshToken: () => true,
  ttl: {
    IdToken: Number(seconds),
    AccessToken: 3600,
    RefreshToken: 86400,
    Grant: 86400,
    Session: 86400,
    Interaction: 3600,
    AuthorizationCode: 60,
  },
  cookies: { keys: ["a key of the laboratory"] },
});

/** Issues an assertion for the person of an ID token. This is the stand-in for a provider's policy. */
async function issueAssertion(ctx) {
  const { client, params } = ctx.oidc;
  const wrong = params.requested_token_type !== idJag || params.subject_token_type !== idToken;
  if (wrong || !params.resource) throw new errors.InvalidRequest("not a request for an ID-JAG");
  const verified = await jwtVerify(params.subject_token, keys, {
    issuer,
    audience: client.clientId,
  }).catch(() => {
    throw new errors.InvalidGrant("the subject token is not valid");
  });
  if (denied.has(params.audience)) throw new errors.AccessDenied("the policy denies it");
  const { resource, scope } = params;
  const claims = { sub: verified.payload.sub, client_id: clientAtServers, resource, scope };
  const assertion = await new SignJWT(claims)
    .setProtectedHeader({ alg: "RS256", kid: names.kid, typ: "oauth-id-jag+jwt" })
    .setIssuer(issuer)
    .setAudience(params.audience)
    .setIssuedAt()
    .setExpirationTime("2m")
    .setJti(randomUUID())
    .sign(privateKey);
  ctx.body = {
    access_token: assertion,
    issued_token_type: idJag,
    token_type: "N_A",
    expires_in: 120,
  };
}
const parameters = ["audience", "resource", "scope", "subject_token", "subject_token_type"];
provider.registerGrantType(exchange, issueAssertion, [...parameters, "requested_token_type"], []);

provider.use(async (ctx, next) => {
  await next();
  const refused = ctx.status < 400 ? "" : " refused";
  if (ctx.path === "/auth") count(`authorize${refused}`);
  if (ctx.path !== "/token") return;
  const grant = ctx.oidc?.params?.grant_type;
  count(`${grant === exchange ? "exchange" : grant}${refused}`);
});
const handler = provider.callback();

server.on("request", (request, response) => {
  const [path, query] = request.url.split("?");
  const reply = (value) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  if (path === "/counts") return reply(counts);
  if (request.method === "POST" && path === "/deny") {
    denied.add(decodeURIComponent(query));
    return reply({});
  }
  if (request.method === "POST" && path === "/allow") {
    denied.clear();
    return reply({});
  }
  return handler(request, response);
});
console.log(issuer);
