// The requests to the server that uses every feature: by topic, the steps and how to run each.

const uri = (kind) => `demo://resource/dynamic/${kind}/7`;
const page = "demo://resource/static/document/features.md";
const gzip = { name: "a.gz", data: "data:text/plain;base64,aGVsbG8=" };
const call = (name, args) => (client) => client.call(name, args);
const read = (uri) => (client) => client.request("resources/read", { uri });
const prompt = (name, args) => (client) => client.request("prompts/get", { name, arguments: args });
const ref = (name) => ({ type: "ref/prompt", name });
const complete = (ref, name, value, args) => (client) =>
  client.request("completion/complete", {
    ref,
    argument: { name, value },
    context: { arguments: args },
  });

/** Makes a call with a progress token. Returns its response and its progress. */
const progressing = (name, args, token) => async (client) => {
  const answer = await client.request("tools/call", {
    name,
    arguments: args,
    _meta: { progressToken: token },
  });
  const heard = client
    .notifications("notifications/progress")
    .filter(({ params }) => params.progressToken === token);
  return { answer, progress: heard.map(({ params }) => params) };
};

/** Makes a call as a task. Returns the response, the status, and the result. */
async function asTask(client, topic, ambiguous) {
  const params = {
    name: "simulate-research-query",
    arguments: { topic, ambiguous },
    task: { ttl: 60000 },
  };
  const begun = await client.request("tools/call", params);
  const { taskId } = begun.result.task;
  const result = await client.request("tasks/result", { taskId });
  const { status } = (await client.request("tasks/get", { taskId })).result;
  const { tasks } = (await client.request("tasks/list", {})).result;
  return {
    begun: Object.keys(begun.result.task).sort(),
    status,
    listed: tasks.some((one) => one.taskId === taskId),
    result,
  };
}

async function subscribed(client) {
  const updates = () =>
    client.notifications("notifications/resources/updated").map(({ params }) => params.uri);
  const answers = [await client.request("resources/subscribe", { uri: page })];
  answers.push(await client.call("toggle-subscriber-updates"));
  await client.until(() => updates().includes(page));
  answers.push(await client.request("resources/unsubscribe", { uri: page }));
  answers.push(await client.call("toggle-subscriber-updates"));
  return { answers, updates: updates() };
}

async function logged(client) {
  const before = client.notifications("notifications/message").length;
  const answers = [await client.request("logging/setLevel", { level: "debug" })];
  answers.push(await client.call("toggle-simulated-logging"));
  await client.until(() =>
    client
      .notifications("notifications/message")
      .slice(before)
      .some(({ params }) => !params.logger),
  );
  answers.push(await client.call("toggle-simulated-logging"));
  return answers;
}

async function rooted(client) {
  await client.until(() =>
    client.notifications("notifications/message").some(({ params }) => /Roots/.test(params.data)),
  );
  client.notify("notifications/roots/list_changed");
  const times = () => client.messages.filter(({ method }) => method === "roots/list").length;
  await client.until(() => times() >= 2);
  return { list: await client.call("get-roots-list") };
}

/**
 * A call that is cancelled after the server has read it gets no response, and the session
 * continues.
 */
async function cancelled(client) {
  const params = { name: "trigger-long-running-operation", arguments: { duration: 4, steps: 2 } };
  client.send({ id: "to-cancel", method: "tools/call", params });
  await new Promise((done) => setTimeout(done, 1500));
  client.notify("notifications/cancelled", { requestId: "to-cancel", reason: "bench" });
  await new Promise((done) => setTimeout(done, 3500));
  const after = await client.request("ping");
  return { answered: client.messages.filter(({ id }) => id === "to-cancel"), after };
}

const all = (list) => (client) => client.request(list, {});
const big = `${"x".repeat(1 << 20)}🌍\u2028\\"`;

export const topics = {
  handshake: {
    "first response": (client) => client.hello,
    ping: (client) => client.request("ping"),
  },
  tools: {
    list: all("tools/list"),
    echo: call("echo", { message: "grüße 🌍 \u2028 \n end" }),
    "get-annotated-message": call("get-annotated-message", {
      messageType: "error",
      includeImage: true,
    }),
    "get-env": call("get-env"),
    "get-resource-links": call("get-resource-links", { count: 3 }),
    "get-resource-reference text": call("get-resource-reference", {
      resourceType: "Text",
      resourceId: 1,
    }),
    "get-resource-reference blob": call("get-resource-reference", {
      resourceType: "Blob",
      resourceId: 2,
    }),
    "get-structured-content": call("get-structured-content", { location: "New York" }),
    "get-sum": call("get-sum", { a: 2, b: 0.5 }),
    "get-tiny-image": call("get-tiny-image"),
    "gzip-file-as-resource": call("gzip-file-as-resource", { ...gzip, outputType: "resource" }),
    "wrong arguments": call("get-sum", { a: "two" }),
    "an unknown tool": call("nothing"),
    "an unknown method": all("nothing/at-all"),
    "a big message": call("echo", { message: big }),
  },
  resources: {
    list: async (client) => {
      const { resources } = (await client.request("resources/list", {})).result;
      return resources.filter(({ uri }) => !uri.startsWith("demo://resource/session/"));
    },
    templates: all("resources/templates/list"),
    text: read(uri("text")),
    blob: read(uri("blob")),
    document: read(page),
    missing: read("demo://nothing"),
    "of the session": async (client) => {
      const link = await client.call("gzip-file-as-resource", {
        ...gzip,
        name: "b.gz",
        outputType: "resourceLink",
      });
      await client.until(
        () => client.notifications("notifications/resources/list_changed").length > 0,
      );
      return { link, read: await read(link.result.content[0].uri)(client) };
    },
    updates: subscribed,
  },
  prompts: {
    list: all("prompts/list"),
    simple: prompt("simple-prompt"),
    args: prompt("args-prompt", { city: "Bern", state: "BE" }),
    "args missing": prompt("args-prompt", {}),
    resource: prompt("resource-prompt", { resourceType: "Text", resourceId: "3" }),
    completable: prompt("completable-prompt", { department: "Sales", name: "David" }),
    missing: prompt("nothing"),
    "completion of an argument": complete(ref("completable-prompt"), "department", "S"),
    "completion in its context": complete(ref("completable-prompt"), "name", "", {
      department: "Sales",
    }),
    "completion of a resource": complete(
      { type: "ref/resource", uri: "demo://resource/dynamic/text/{resourceId}" },
      "resourceId",
      "1",
    ),
  },
  "requests to the client": {
    sampling: call("trigger-sampling-request", { prompt: "hello", maxTokens: 10 }),
    "sampling as a task": call("trigger-sampling-request-async", {
      prompt: "hello",
      maxTokens: 10,
    }),
    elicitation: call("trigger-elicitation-request"),
    "elicitation as a task": call("trigger-elicitation-request-async"),
    "elicitation by URL": call("trigger-url-elicitation", {
      url: "https://bench.example",
      elicitationId: "e",
    }),
    "elicitation that is an error": call("trigger-url-elicitation", {
      url: "https://bench.example",
      errorPath: true,
    }),
    roots: rooted,
  },
  "long calls": {
    progress: progressing("trigger-long-running-operation", { duration: 1, steps: 4 }, "token"),
    "progress by number": progressing(
      "trigger-long-running-operation",
      { duration: 1, steps: 2 },
      7,
    ),
    cancellation: cancelled,
    task: (client) => asTask(client, "bridges", false),
    "task with a request to the client": (client) => asTask(client, "python", true),
    logging: logged,
  },
};

// Removes what differs from run to run.
const same = (value) =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(/\d{1,2}:\d{2}:\d{2}( [AP]M)?/g, "TIME")
      .replaceAll(/(Resource \d+: This is a base64 blob|UmVzb3VyY2Ug)[\w+/]+=*/g, "BLOB")
      .replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, "TIME")
      .replaceAll(/(taskId\\*":\s*\\*"|Task created: |task )[0-9a-f]{16,}/g, "$1ID")
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "ID")
      .replaceAll(/session undefined/g, "session ID")
      .replaceAll(/\\"PORT\\": \\"\d+\\"/g, "PORT"),
  );

/** Runs all steps at once in a session. Returns the results by topic and step. */
export async function ask(client, topics) {
  const step = async ([name, body]) => {
    try {
      return [name, same((await body(client)) ?? "nothing")];
    } catch (error) {
      return [name, { fails: error.message }];
    }
  };
  const topic = async ([name, steps]) => {
    const done = await Promise.all(Object.entries(steps).map(step));
    return [name, Object.fromEntries(done)];
  };
  return Object.fromEntries(await Promise.all(Object.entries(topics).map(topic)));
}
