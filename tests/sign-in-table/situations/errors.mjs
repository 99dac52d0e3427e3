// Sign-ins that cannot succeed: the message must say what to do. And some that do, after an error.
import { connect } from "../goals.mjs";
import { json, leadBack, oauthError, page, without } from "../responses.mjs";

const back =
  (error, description) =>
  (_, __, { query }) =>
    leadBack(query, error, description);

/** A URL at which no server is. */
const nowhere = (url) => async () => ({ url, port: new URL(url).port, stop: () => {} });

export const errors = {
  kind: "Errors",
  situations: [
    {
      name: "the person denies the access",
      goal: connect,
      once: true,
      server: { authorize: back("access_denied", "The user denied the request") },
      helps: /den(y|ied)/i,
    },
    {
      name: "the server rejects the requested scope",
      goal: connect,
      once: true,
      server: { authorize: back("invalid_scope", "unknown scope") },
      helps: /`scope`|scope =|--scope/,
    },
    {
      name: "no client can register",
      goal: connect,
      once: true,
      server: { metadata: (_, usual) => without(usual(), "registration_endpoint") },
      helps: /client-id|client_id|client-info/,
    },
    {
      name: "the registration endpoint is busy (429)",
      goal: connect,
      once: true,
      server: { register: () => json(429, { error: "rate_limited" }, { "retry-after": "30" }) },
      helps: /again/i,
    },
    {
      name: "the URL is that of a web page",
      goal: connect,
      once: true,
      server: {
        mcp: () => page(200, "<!doctype html><title>Welcome</title>"),
        resourceMetadata: () => page(404, "<!doctype html><title>Not found</title>"),
        serverMetadata: () => page(404, "<!doctype html><title>Not found</title>"),
      },
      helps: /web page|html/i,
    },
    {
      name: "the host does not exist",
      goal: connect,
      once: true,
      serve: nowhere("https://mcp.host-that-does-not-exist.invalid/mcp"),
      helps: /host|resolve|ENOTFOUND|EAI_AGAIN/i,
    },
    {
      name: "nothing listens at the URL",
      goal: connect,
      once: true,
      serve: nowhere("http://127.0.0.1:19199/mcp"),
      helps: /refused|ECONNREFUSED/i,
    },
    {
      name: "the token endpoint is busy once (503) when the code is exchanged",
      goal: connect,
      server: { exchangeCode: busyOnce() },
    },
  ],
};

/** Responds with 503 to the first request of each server. */
function busyOnce() {
  const busy = new WeakSet();
  return (server, usual) => {
    if (busy.has(server)) return usual();
    busy.add(server);
    return oauthError(503, "temporarily_unavailable");
  };
}
