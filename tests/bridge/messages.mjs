// What the checks say and read in few words.

/** A notification with a text. */
export const say = (data) => ({ method: "notifications/message", params: { level: "info", data } });

/** The texts of the notifications that a client was sent. */
export const told = (client) =>
  client.told("notifications/message").map(({ params }) => params.data);

/** The text that a call was answered with. */
export const text = ({ result, error }) => result?.content[0].text ?? `error ${error.code}`;

/** What is in no message, no error and no log. */
export const canary = "canary-of-the-bench";

/** MiB that a bridge may need, whatever comes. */
export const limit = 200;
