// The argument lists with which the bridges are started, and their environment. All of it is in the
// record, so the ports are fixed, and below those that the system gives out.
export const port = 17391;

const at = `http://localhost:${port}`;
const url = `${at}/mcp`;
const client = JSON.stringify({ client_id: "static" });

/**
 * A version of every era of the cache, and those at its borders. Before 0.1.9 there were hardly any
 * options.
 */
export const versions = [
  "0.1.9",
  "0.1.29",
  "0.1.31",
  "0.1.32",
  "0.1.38",
  "0.1.39",
  "0.1.43",
  "0.1.49",
  "0.2.1",
  "0.3.1",
  "0.3.2",
  "0.5.0",
  "0.6.0",
  "0.8.2",
  "0.10.0",
  "0.13.5",
  "0.15.1",
];

/** The environment that `${VAR}` in a header refers to. */
export const env = { MCPGEN_X_KEY: "expanded" };

/** Files in the working directory of the bridge. */
export const files = {
  "headers.txt": "# comment: 1\r\n\r\n  X-File: one \r\nno header\nX-Both:file\n",
  "client.json": client,
};

const header = (...lines) => [url, ...lines.flatMap((line) => ["--header", line])];
const param = (...pairs) => [url, ...pairs.flatMap((pair) => ["--authorize-param", pair])];
const machine = [
  "--client-credentials",
  "--static-oauth-client-info",
  JSON.stringify({ client_id: "c", client_secret: "s" }),
];
const full = [
  ["--resource", `${at}/other`],
  ["--header", "X-B:2"],
  ["--authorize-param", "b=2"],
  ["--client-metadata-url", "https://client.example/me.json"],
  ["--header", "X-A:1"],
  ["--authorize-param", "a=1"],
];

export const cases = [
  // the URL, byte for byte
  [url],
  [`${url}/`],
  [at],
  [`${at}/`],
  [`http://127.0.0.1:${port}/mcp`],
  [`HTTP://LOCALHOST:${port}/mcp`],
  [`${url}?a=1&b=2`],
  [`${url}#fragment`],
  [`${url}/é`],
  [`${url}/%C3%A9`],
  [` ${url}`],
  [`${at}/a/../mcp`],
  // the port
  [url, "17401"],
  [url, "17402abc"],
  [url, "0x43FB"],
  [url, "0"],
  [url, "--debug"],
  [url, "--debug", "17404"],
  [url, "--header", "X-A:1", "17405"],
  [url, "--ignore-tool", "x", "17406"],
  // headers
  ["--header", "X-A:1", url],
  ["--debug", url],
  header("X-A:1"),
  header("X-A: 1"),
  header("X-A:1 "),
  header("X-A:\t 1"),
  header("x-a:1"),
  header("X-A:1", "X-B:2"),
  header("X-B:2", "X-A:1"),
  header("X-A:1", "X-A:2"),
  header("X-A:1", "x-a:2"),
  header("X-b:1", "X-B:2", "X_B:3", "9:4", "10:5"),
  header("X-A"),
  header("X A:1"),
  header("X-A:"),
  header("X-A:a:b"),
  header('X-A:"q\\ </'),
  header("X-A:é"),
  header("X-A:1\n2"),
  header("__proto__:1"),
  header("X-Key:${MCPGEN_X_KEY}"),
  header("X-Key:Bearer ${MCPGEN_X_KEY} ${NOT_THERE}"),
  [url, "--header"],
  [url, "--header", "--resource", `${at}/other`],
  [url, "--header-file", "headers.txt"],
  [url, "--header", "X-Both:line", "--header-file", "headers.txt"],
  [url, "--header-file", "headers.txt", "--header", "X-Both:line"],
  [url, "--header-file", "gone.txt"],
  // the resource
  [url, "--resource", `${at}/other`],
  [url, "--resource", ` ${at}/other\t`],
  [url, "--resource", ""],
  [url, "--resource", "  "],
  [url, "--resource", "other"],
  [url, "--resource"],
  [url, "--resource", `${at}/one`, "--resource", `${at}/two`],
  [url, "--resource", `${at}/other`, "--disable-resource-parameter"],
  [url, "--disable-resource-parameter"],
  // parameters of the authorization request
  param("a=1"),
  param("a=1", "b=2"),
  param("b=2", "a=1"),
  param("a=1", "a=2"),
  param(" a =1 "),
  param("a="),
  param(" =1"),
  param("a=b=c"),
  param("10=x", "9=y", "Z=z", "é=ü", "\uff5e=1", "😀=2"),
  param('a="\\/\b\f\n\r\t\u0001\u001f\u007f\u2028</'),
  param("__proto__=1"),
  param("a"),
  param("=1"),
  param("state=1"),
  param("resource=x"),
  [url, "--authorize-param"],
  // the client
  [url, "--client-metadata-url", "https://client.example/me.json"],
  [url, "--client-metadata-url", " https://client.example/me.json "],
  [url, "--client-metadata-url", "http://client.example/me.json"],
  [url, "--client-metadata-url", "https://client.example"],
  [url, "--static-oauth-client-info", client],
  [url, "--static-oauth-client-info", "@client.json"],
  [url, "--static-oauth-client-info", "{"],
  [url, "--static-oauth-client-metadata", JSON.stringify({ scope: "a b" })],
  [url, "17407", "--static-oauth-client-info", client],
  // the token endpoint
  [url, "--token-endpoint", `${at}/token`],
  [url, ...machine, "--token-endpoint", `${at}/token`],
  [url, ...machine, "--token-endpoint", ` HTTP://LOCALHOST:${port}/a/../token?é `],
  [url, ...machine, "--token-endpoint", `${at}/token#fragment`],
  [url, ...machine, "--token-endpoint", "http://as.example/token"],
  [url, ...machine],
  // the redirect URL
  [url, "--host", "127.0.0.1"],
  [url, "--callback-path", "/cb"],
  [url, "--callback-path", "cb"],
  [url, "--callback-path", "/wait-for-auth"],
  [url, "17408", "--host", "127.0.0.1", "--callback-path", "/cb?x=1"],
  // not in the key
  [url, "--transport", "http-only"],
  [url, "--transport", "sse-only"],
  [url, "--allow-http"],
  ["http://mcp.example/mcp"],
  ["mcp.example"],
  [],
  // everything, in two orders
  [url, ...full.flat()],
  [url, ...full.toReversed().flat()],
];
