// Servers that need a setting, which the client's command line or the declaration gives.
import { networkInterfaces } from "node:os";
import { connect } from "../goals.mjs";
import { oauthError, without } from "../responses.mjs";

const json = JSON.stringify;
const secret = "a secret of the table";
const env = { SECRET: secret };
const withSecret = json({ client_id: "app", client_secret: "${SECRET}" });
const declaredClient = 'client-id = "app", client-secret = "env:SECRET"';

/** Accepts a client at the token endpoint if it has the secret, in the body or anywhere. */
const authenticated =
  (inBody) =>
  (_, usual, { client, form }) =>
    client.id === "app" && client.secret === secret && (!inBody || form.has("client_secret"))
      ? usual()
      : oauthError(401, "invalid_client");

const withoutRegistration = (...methods) => ({
  metadata: (_, usual) => ({
    ...without(usual(), "registration_endpoint"),
    token_endpoint_auth_methods_supported: methods,
  }),
});

const decoded = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
const encoded = (value) => Buffer.from(json(value)).toString("base64url");

/** An address of this machine in the local network. */
export function lanAddress() {
  const addresses = Object.values(networkInterfaces()).flat();
  const found = addresses.find(({ internal, family }) => !internal && family === "IPv4");
  if (!found) throw new Error("this machine has no address but that of the loopback interface");
  return found.address;
}

const metadataUrl = "https://client.example/oauth.json";

export const settings = {
  kind: "Servers that need a setting",
  situations: [
    {
      name: "the server rejects the `resource` parameter (Entra ID, AADSTS9010010)",
      goal: connect,
      options: ["--disable-resource-parameter"],
      auth: () => 'mode = "oauth", resource = false',
      server: {
        authorize: (_, usual, { query }) =>
          query.has("resource") ? oauthError(400, "invalid_request", "AADSTS9010010") : usual(),
        token: (_, usual, { form }) =>
          form.has("resource") ? oauthError(400, "invalid_target", "AADSTS9010010") : usual(),
      },
    },
    {
      name: "only known clients may register (Figma)",
      goal: connect,
      options: ["--static-oauth-client-metadata", json({ client_name: "Known client" })],
      auth: () => 'mode = "oauth", registration = { client_name = "Known client" }',
      server: {
        register: (_, usual, { body }) =>
          JSON.parse(body).client_name === "Known client"
            ? usual()
            : oauthError(403, "invalid_client_metadata"),
      },
    },
    {
      name: "the server accepts only the ID token (Cognito)",
      goal: connect,
      options: ["--use-id-token"],
      auth: () => 'mode = "oauth", use-id-token = true',
      server: {
        tokens: (_, usual) => {
          const set = usual();
          const claims = { sub: "ada", exp: 4_000_000_000, access: set.access_token };
          return { ...set, id_token: `${encoded({ alg: "none" })}.${encoded(claims)}.x` };
        },
        accepts: (server, _, { token }) =>
          token?.includes(".") && server.accessTokens.has(decoded(token).access),
      },
    },
    {
      name: "client credentials: no person",
      goal: connect,
      env,
      options: ["--client-credentials", "--static-oauth-client-info", withSecret],
      auth: () => `mode = "client-credentials", ${declaredClient}`,
      server: {
        ...withoutRegistration("client_secret_basic"),
        clientCredentials: authenticated(false),
      },
    },
    {
      name: "device authorization: the person enters a code on a phone",
      goal: connect,
      options: ["--device-code"],
      auth: () => 'mode = "oauth", device = true',
      server: {
        metadata: (server, usual) => ({
          ...usual(),
          device_authorization_endpoint: `${server.origin}/device`,
          grant_types_supported: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        }),
        deviceAuthorization: (server, usual) => {
          const response = usual();
          server.make("approve");
          return response;
        },
      },
    },
    {
      name: "a registered client with a secret",
      goal: connect,
      env,
      options: ["--static-oauth-client-info", withSecret],
      auth: () => `mode = "oauth", ${declaredClient}`,
      server: {
        ...withoutRegistration("client_secret_basic", "client_secret_post"),
        exchangeCode: authenticated(false),
      },
    },
    {
      name: "a client that must send its secret in the body, which the metadata does not say",
      goal: connect,
      env,
      options: [
        "--static-oauth-client-info",
        withSecret,
        "--static-oauth-client-metadata",
        json({ token_endpoint_auth_method: "client_secret_post" }),
      ],
      auth: () =>
        `mode = "oauth", ${declaredClient}, token-endpoint-auth-method = "client_secret_post"`,
      server: {
        metadata: (_, usual) =>
          without(usual(), "registration_endpoint", "token_endpoint_auth_methods_supported"),
        exchangeCode: authenticated(true),
      },
    },
    {
      name: "a host in the local network, without a certificate",
      goal: connect,
      host: lanAddress,
      options: ["--allow-http"],
      declared: "allow-http = true",
    },
    {
      name: "a client metadata document in place of a registration",
      goal: connect,
      options: ["--client-metadata-url", metadataUrl],
      auth: () => `mode = "oauth", client-metadata-url = "${metadataUrl}"`,
      server: {
        metadata: (_, usual) => ({
          ...without(usual(), "registration_endpoint"),
          client_id_metadata_document_supported: true,
        }),
        authorize: (_, usual, { query }) =>
          query.get("client_id") === metadataUrl ? usual() : oauthError(400, "invalid_client"),
      },
    },
    {
      name: "a scope that is declared",
      goal: connect,
      options: ["--static-oauth-client-metadata", json({ scope: "read write" })],
      auth: () => 'mode = "oauth", scope = "read write"',
      server: {
        authorize: (_, usual, { query }) =>
          query.get("scope") === "read write" ? usual() : oauthError(400, "invalid_scope"),
      },
    },
    {
      name: "two accounts on one URL",
      goal: twoAccounts,
      options: ({ account }) => ["--authorize-param", `login_hint=${account}`],
      auth: ({ account }) => `mode = "oauth", account = "${account}"`,
    },
  ],
};

/** Both accounts sign in once. Then each calls the tool with its own token, without a page. */
async function twoAccounts(trial) {
  const accounts = ["me@work.example", "me@home.example"];
  const useAs = (account) => {
    trial.account = account;
    trial.declare();
  };
  for (const account of accounts) {
    useAs(account);
    await trial.connect();
  }
  await trial.begin();
  for (const account of accounts) {
    useAs(account);
    await trial.reconnect();
    const { token } = trial.server.accepted("mcp").at(-1).exchange;
    const used = trial.server.accessTokens.get(token)?.account;
    if (used !== account) throw new Error(`${account} uses the sign-in of ${used}`);
  }
}
