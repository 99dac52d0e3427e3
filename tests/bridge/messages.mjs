// Messages, and what the checks read from them.

/** A log notification. */
export const logMessage = (data) => ({
  method: "notifications/message",
  params: { level: "info", data },
});

/** The data of the log notifications that a client received. */
export const logsOf = (client) =>
  client.notifications("notifications/message").map(({ params }) => params.data);

/** The text of a tool's result, or its error code. */
export const textOf = ({ result, error }) => result?.content[0].text ?? `error ${error.code}`;

/** A credential that no message, error or log may contain. */
export const canary = "canary-of-the-bench";

/** The most memory that a bridge may need, in MiB. */
export const memoryLimit = 200;
