// The responses of an authorization server and an MCP server.

export const json = (status, value, headers = {}) => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(value),
});

export const page = (status, text, headers = {}) => ({
  status,
  headers: { "content-type": "text/html", ...headers },
  body: text,
});

export const plain = (status, text, headers = {}) => ({
  status,
  headers: { "content-type": "text/plain", ...headers },
  body: text,
});

export const redirect = (location, status = 302) => ({ status, headers: { location }, body: "" });

/** An error of OAuth. */
export const oauthError = (status, error, description) =>
  json(status, { error, error_description: description });

/** Leads the browser back to the program, with an error. */
export function leadBack(query, error, description) {
  const url = new URL(query.get("redirect_uri"));
  const members = { error, error_description: description, state: query.get("state") };
  for (const [name, value] of Object.entries(members))
    if (value !== undefined) url.searchParams.set(name, value);
  return redirect(url.href);
}

/** A response without something: a JSON object that lacks some members. */
export const without = (value, ...names) =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
