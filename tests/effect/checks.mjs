// What must be true after a client has run. Each check returns the reasons why it is not.
import { bridges } from "./effect-home.mjs";

/** The tools of each server: the first must be called, the second is denied, the third not allowed. */
export const tools = {
  signed: ["anchor"],
  keyed: ["beacon", "cinder", "granite"],
  local: ["dynamo", "ember", "harbor"],
  disabled: ["fossil"],
};

/** The words of the tools that the model calls, and of the hidden ones that it tries to call. */
export const wanted = ["anchor", "beacon", "dynamo"];
export const forbidden = {
  cinder: "beacon",
  ember: "dynamo",
  granite: "beacon",
  harbor: "dynamo",
};

/** The calls of a client without a model: `[server, tool]`. */
export const calls = ["signed", "keyed", "local"].flatMap((server) =>
  tools[server].map((tool) => [server, tool]),
);

/**
 * Whether the tool was called. If the client cannot call tools without an account (`connects`): whether
 * it has started to speak to the server.
 */
const isReached = (requests, word, connects) =>
  requests.some(({ what, tool }) => {
    if (connects) return what === "initialize" || what === "server/discover";
    return what === "tools/call" && tool === word;
  });

/** The checks, by the names of their columns. */
export const checks = {
  signed({ home, server, signIn, connects }) {
    const toSigned = server.requests.filter((request) => request.server === "signed");
    // mcp-remote 0.15.1 sends a GET without a token before it reads the sign-in.
    const foreign = toSigned.filter(({ what, token }) => what !== "GET" && token !== signIn);
    const ofSignIns = server.requests.filter(({ what }) =>
      /^\/(register|authorize|token)/.test(what),
    );
    return [
      isReached(toSigned, "anchor", connects) || "the server was not reached",
      foreign.length === 0 || `${foreign.length} requests came without our token`,
      ofSignIns.length === 0 || `a sign-in was started: ${ofSignIns.map(({ what }) => what)}`,
      home.unwantedPages.length === 0 || "a page was opened",
    ];
  },

  launched({ home, server, bridge }) {
    const line = bridges[bridge].line(server.urlOf("signed"));
    return [home.launched.includes(line) || `\`${line}\` was not started`];
  },

  keyed({ home, server, connects }) {
    const toKeyed = server.requests.filter((request) => request.server === "keyed");
    const foreign = toKeyed.filter(({ token }) => token !== server.apiToken);
    return [
      home.launched.includes("mcpgen exec keyed") || "`mcpgen exec keyed` was not started",
      isReached(toKeyed, "beacon", connects) || "the server was not reached",
      foreign.length === 0 || `${foreign.length} requests came without the API token`,
    ];
  },

  denied({ model, server, connects }) {
    if (connects) return [];
    return isHidden("cinder", "beacon", model, calledTools(server));
  },

  local({ home, connects }) {
    const line = connects ? "started" : "dynamo";
    return [home.linesOf("local").includes(line) || `it did not write \`${line}\``];
  },

  "denied-local"({ home, model, connects }) {
    if (connects) return [];
    return isHidden("ember", "dynamo", model, home.linesOf("local"));
  },

  allowed({ home, model, server, connects }) {
    if (connects) return [];
    return [
      ...isHidden("granite", "beacon", model, calledTools(server)),
      ...isHidden("harbor", "dynamo", model, home.linesOf("local")),
    ];
  },

  disabled({ home, model }) {
    return [
      home.linesOf("disabled").length === 0 || "the disabled server was started",
      !isOffered(model, "fossil") || "its tool was offered",
    ];
  },
};

const calledTools = (server) => server.requests.map(({ tool }) => tool);

/** Whether the model sees only the visible one of two tools, and tried in vain to call the hidden one. */
const isHidden = (hidden, visible, model, called) => [
  isOffered(model, visible) || `the tool ${visible} was not offered`,
  model.called.has(hidden) || `nobody tried to call ${hidden}`,
  !isOffered(model, hidden) || `the hidden tool ${hidden} was offered`,
  !called.includes(hidden) || `the hidden tool ${hidden} was called`,
];

const isOffered = (model, word) => [...model.offered].some((name) => name.includes(word));
