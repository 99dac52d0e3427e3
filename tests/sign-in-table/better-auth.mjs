// better-auth as the authorization server of a SignInServer. It keeps everything in memory.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { betterAuthDirectory } from "../lib/pinned.mjs";
import { json, page } from "./responses.mjs";
import { SignInServer } from "./sign-in-server.mjs";

const account = { name: "Ada", email: "ada@example.com", password: "a password of the table" };
const models = [
  ...["user", "session", "account", "verification", "jwks"],
  ...["oauthClient", "oauthResource", "oauthClientResource", "oauthRefreshToken"],
  ...["oauthAccessToken", "oauthConsent", "oauthClientAssertion"],
];

async function load() {
  const require = createRequire(join(betterAuthDirectory, "package.json"));
  const [{ betterAuth }, { memoryAdapter }, { jwt }, { oauthProvider }] = await Promise.all(
    [
      "better-auth",
      "better-auth/adapters/memory",
      "better-auth/plugins",
      "@better-auth/oauth-provider",
    ].map((name) => import(pathToFileURL(require.resolve(name)))),
  );
  return { betterAuth, memoryAdapter, jwt, oauthProvider };
}

/** A new authorization server with one account, which knows no client. */
async function makeProvider(server) {
  const { betterAuth, memoryAdapter, jwt, oauthProvider } = await load();
  const provider = betterAuth({
    baseURL: server.origin,
    basePath: "/auth",
    secret: server.secret("better-auth").padEnd(40, "x"),
    database: memoryAdapter(Object.fromEntries(models.map((model) => [model, []]))),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    onAPIError: { onError: () => {} },
    plugins: [
      jwt(),
      oauthProvider({
        loginPage: "/sign-in",
        consentPage: "/consent",
        allowDynamicClientRegistration: true,
        allowUnauthenticatedClientRegistration: true,
        resources: [server.url],
        enforcePerClientResources: false,
        silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
      }),
    ],
  });
  await provider.api.signUpEmail({ body: account });
  return provider;
}

const providers = new WeakMap();

// `fetch` says that it is a script; better-auth then leads nowhere.
const omitted = ["content-length", "sec-fetch-mode"];

/** Passes a request on to better-auth. */
async function forward(server, path, { verb, headers, body }) {
  const request = new Request(new URL(path, server.origin), {
    method: verb,
    headers: Object.entries(headers).filter(([name]) => !omitted.includes(name)),
    body: verb === "GET" ? undefined : body,
  });
  const response = await providers.get(server).handler(request);
  const cookies = response.headers.getSetCookie();
  const received = Object.fromEntries(response.headers);
  if (cookies.length > 0) received["set-cookie"] = cookies;
  return { status: response.status, headers: received, body: await response.text() };
}

/** A page with one form, which keeps the query of the authorization request. */
const form = ({ url }) =>
  page(
    200,
    `<form method="post" action="${url.pathname}"><input name="query" value="${url.search
      .slice(1)
      .replaceAll("&", "&amp;")}"></form>`,
  );

/** Does what the page's script does when the form is submitted. */
async function submit(server, { headers, form }, path, members) {
  const {
    status,
    headers: received,
    body,
  } = await forward(server, path, {
    verb: "POST",
    headers: {
      cookie: headers.cookie ?? "",
      origin: server.origin,
      "content-type": "application/json",
    },
    body: JSON.stringify({ ...members, oauth_query: form.get("query") }),
  });
  if (status >= 400) return { status, headers: {}, body };
  const cookies = received["set-cookie"] ?? [];
  return { status: 302, headers: { location: JSON.parse(body).url, "set-cookie": cookies }, body };
}

const { email, password } = account;
const pages = {
  "/sign-in": (server, exchange) =>
    submit(server, exchange, "/auth/sign-in/email", { email, password }),
  "/consent": (server, exchange) =>
    submit(server, exchange, "/auth/oauth2/consent", { accept: true }),
};

const deviations = {
  resource: (server, usual) => ({
    ...usual(),
    authorization_servers: [`${server.origin}/auth`],
    scopes_supported: ["openid", "offline_access"],
  }),
  serverMetadata: (_, __) => page(404, "Not Found"),
  register: (server, _, exchange) => forward(server, exchange.url.pathname, exchange),
  async other(server, usual, exchange) {
    const { pathname, search } = exchange.url;
    if (pathname === "/.well-known/oauth-authorization-server/auth")
      return json(200, await providers.get(server).api.getOAuthServerConfig());
    if (pages[pathname])
      return exchange.verb === "POST" ? pages[pathname](server, exchange) : form(exchange);
    return pathname.startsWith("/auth/") ? forward(server, pathname + search, exchange) : usual();
  },
  async mcp(server, _, exchange) {
    const known =
      exchange.token &&
      (await forward(server, "/auth/oauth2/userinfo", {
        verb: "GET",
        headers: { authorization: `Bearer ${exchange.token}` },
      }));
    if (known?.status !== 200) return server.make("refuse", exchange);
    return exchange.verb === "POST" ? server.make("message", exchange) : page(405, "");
  },
};

/** Starts a server whose authorization server is better-auth. */
export async function startBetterAuth() {
  const server = await SignInServer.start(deviations);
  await restartBetterAuth(server);
  return server;
}

/** The same server without its clients and tokens. */
export async function restartBetterAuth(server) {
  providers.set(server, await makeProvider(server));
}
