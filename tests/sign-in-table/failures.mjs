// What error messages say, in one line that is the same in every run.

const longest = 150;

// A message helps if it names a command, an option or a field to change.
const helpful = /\bhelp:|`mcpgen |(^|[\s`])--[a-z]/m;

export const isHelpful = (failures, pattern = helpful) =>
  failures.some((failure) => pattern.test(failure));

/** What stderr says about why a program has exited. */
function reasonOf(stderr) {
  const lines = stderr.split("\n").map((line) => line.replace(/^\[\d+\] /, "").trim());
  const fatal = lines.findIndex((line) => line.startsWith("Fatal error: "));
  if (fatal < 0) return lines.findLast((line) => /error|fail|cannot|refus/i.test(line)) ?? "";
  const end = lines.findIndex((line, at) => at > fatal && line.startsWith("at "));
  return lines
    .slice(fatal, end < 0 ? undefined : end)
    .join(" ")
    .replace("Fatal error: ", "");
}

/** The message in one line, and whether the program did not respond at all. */
function reasonIn({ message, stderr = "" }) {
  const [first] = message.split("\n");
  const [, answered] = /^the process answered [\w/]+ with -?\d+: (.*)/.exec(first) ?? [];
  // The native bridge has the message and the help in one line.
  if (answered !== undefined) return { text: answered.replace("mcpgen: ", "").split("; ")[0] };
  if (/^the process sent no response/.test(first)) return { hangs: true, text: "no response" };
  if (/^the process (has )?exited/.test(first)) return { text: reasonOf(stderr) };
  const error = message.split("\n").find((line) => line.startsWith("error: "));
  return { text: (error ?? first).replace("error: ", "") };
}

/** Replaces what differs from run to run. */
function settled(text, { home, server }) {
  return text
    .replaceAll(home.path, "~")
    .replaceAll(server.port || "no port", "PORT")
    .replace(/\b(access|refresh|code|device)-\d+-[0-9a-f]{18}\b/g, "$1")
    .replace(/\b(client|session)-\d+\b/g, "$1")
    .replace(/\b(localhost|127\.0\.0\.1):\d+/g, "$1:PORT")
    .replace(/\b\d+(\.\d+)? ?(ms|s|seconds)\b/g, "N $2");
}

export function describeFailure(error, trial) {
  const { hangs = false, text } = reasonIn(error);
  const line = settled(text, trial)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  const short = line.length > longest ? `${line.slice(0, longest)}…` : line;
  return { hangs, text: hangs ? short : `refused: ${short || "without a message"}` };
}
