// The table as a document.

const tally = (rows) => {
  const count = (holds) => rows.filter(({ verdict }) => holds(verdict)).length;
  return {
    better: count((verdict) => verdict > 0),
    equal: count((verdict) => verdict === 0),
    worse: count((verdict) => verdict < 0),
  };
};

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

/** The outcomes of both ways of mcpgen, once if they are the same. */
function ours({ "mcpgen bridge": bridge, "mcpgen login": commands }) {
  if (bridge.text === commands.text) return bridge.text;
  return `bridge: ${bridge.text}. login: ${commands.text}`;
}

const marks = { "-1": "worse", 0: "equal", 1: "better" };

const rowOf = ({ situation, outcomes, verdict }) =>
  `| ${[situation.name, outcomes["mcp-remote"].text, ours(outcomes), marks[verdict]].map(cell).join(" | ")} |`;

function section(kind, rows, version) {
  return `## ${kind}

| situation | mcp-remote ${version} | mcpgen | mcpgen is |
|---|---|---|---|
${rows.map(rowOf).join("\n")}
`;
}

/** The document that `just sign-in-table` writes. */
export function documentOf(rows, version) {
  const { better, equal, worse } = tally(rows);
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  const sections = kinds.map((kind) =>
    section(
      kind,
      rows.filter((row) => row.kind === kind),
      version,
    ),
  );
  const today = new Date().toISOString().slice(0, 10);
  return `# Sign-ins: mcpgen and mcp-remote

How mcpgen and mcp-remote ${version} handle ${rows.length} situations, most of them from public reports of users and server owners:

- mcpgen is better in ${better}, equal in ${equal}, and worse in ${worse}.
- \`just sign-in-table\` made this page on ${today}, and fails if mcpgen is worse in any situation.

In each situation, a client starts a bridge, and a script is the person who opens the pages and finishes them. If the
bridge fails, the client starts it once more. mcpgen is tested in two ways, and the worse one counts: \`mcpgen bridge\` with
the same options as mcp-remote, and a declared server with \`mcpgen login\` (later \`mcpgen refresh\`) before the client
starts. If both ways have the same outcome, the table shows it once. If the situation begins with a sign-in that exists,
only what happens afterwards is counted.

From best to worst:

1. The client calls the tool, and no page opens.
2. The client calls the tool after somebody has finished a page. Fewer failed starts, pages and registrations are better.
3. The sign-in is refused, with a message that says what to do (*with help*).
4. The sign-in is refused, with another message.
5. The client calls the tool although the sign-in must be refused.
6. There is no response, or every page is an error that nobody can finish (a *dead page*).
7. A secret is sent to another server.

${sections.join("\n")}`;
}
