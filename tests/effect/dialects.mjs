// The APIs of models that clients speak: Anthropic's messages, OpenAI's chat completions and
// responses, and Gemini's generateContent. Each says one tool call, or `ok`.

/** The tools that a request offers: `{ name, namespace }`. */
export function toolsOf({ tools }, namespace) {
  return (tools ?? []).flatMap((tool) => {
    if (tool.functionDeclarations) return toolsOf({ tools: tool.functionDeclarations });
    if (tool.type === "namespace") return toolsOf(tool, tool.name);
    return [{ name: tool.name ?? tool.function?.name ?? tool.type, namespace }];
  });
}

/** The function that answers a request: `(response, asked, call, path)`. */
export function dialectOf({ method }, path) {
  if (method === "GET") return /models/.test(path) ? models : undefined;
  const dialects = {
    count_tokens: countTokens,
    countTokens,
    messages,
    responses,
    enerateContent: gemini,
    "chat/completions": chat,
  };
  return Object.entries(dialects).find(([word]) => path.includes(word))?.[1];
}

const say = (response, value) =>
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));

/** Sends events, each `[data, name]`. */
function stream(response, events) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const [data, name] of events) {
    const text = typeof data === "string" ? data : JSON.stringify(data);
    response.write(`${name ? `event: ${name}\n` : ""}data: ${text}\n\n`);
  }
  response.end();
}

const models = (response) =>
  say(response, { object: "list", data: [{ id: "effect", object: "model", owned_by: "effect" }] });

const countTokens = (response) => say(response, { input_tokens: 10, totalTokens: 10 });

// ---- Anthropic ----

function messages(response, asked, call) {
  const message = {
    id: `msg_${call?.id ?? "end"}`,
    type: "message",
    role: "assistant",
    model: asked.model ?? "effect",
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 1 },
  };
  const block = call
    ? { type: "tool_use", id: `toolu_${call.id}`, name: call.name, input: JSON.parse(call.args) }
    : { type: "text", text: "ok" };
  const stop_reason = call ? "tool_use" : "end_turn";
  if (!asked.stream) return say(response, { ...message, content: [block], stop_reason });
  const empty = call ? { ...block, input: {} } : { type: "text", text: "" };
  const delta = call
    ? { type: "input_json_delta", partial_json: call.args }
    : { type: "text_delta", text: "ok" };
  const events = [
    { type: "message_start", message: { ...message, content: [], stop_reason: null } },
    { type: "content_block_start", index: 0, content_block: empty },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: message.usage },
    { type: "message_stop" },
  ];
  return stream(
    response,
    events.map((event) => [event, event.type]),
  );
}

// ---- OpenAI ----

function responses(response, asked, call) {
  const id = `resp_${call?.id ?? "end"}`;
  const item = call
    ? {
        type: "function_call",
        id: `fc_${call.id}`,
        call_id: call.id,
        name: call.name,
        ...(call.namespace ? { namespace: call.namespace } : {}),
        arguments: call.args,
        status: "completed",
      }
    : {
        type: "message",
        id: "msg_end",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "ok", annotations: [] }],
      };
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  const whole = { id, object: "response", model: asked.model ?? "effect", output: [item], usage };
  if (!asked.stream) return say(response, { ...whole, status: "completed" });
  const events = [
    { type: "response.created", response: { ...whole, output: [], status: "in_progress" } },
    { type: "response.output_item.added", output_index: 0, item },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { ...whole, status: "completed" } },
  ];
  return stream(
    response,
    events.map((event) => [event, event.type]),
  );
}

function chat(response, asked, call) {
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const tool_calls = call && [
    {
      index: 0,
      id: call.id,
      type: "function",
      function: { name: call.name, arguments: call.args },
    },
  ];
  const message = {
    role: "assistant",
    ...(call ? { content: null, tool_calls } : { content: "ok" }),
  };
  const finish_reason = call ? "tool_calls" : "stop";
  const whole = (object, choice) => ({
    id: "chat",
    object,
    created: 0,
    model: asked.model ?? "effect",
    choices: [{ index: 0, ...choice }],
  });
  if (!asked.stream)
    return say(response, { ...whole("chat.completion", { message, finish_reason }), usage });
  return stream(response, [
    [whole("chat.completion.chunk", { delta: message, finish_reason: null })],
    [{ ...whole("chat.completion.chunk", { delta: {}, finish_reason }), usage }],
    ["[DONE]"],
  ]);
}

// ---- Gemini ----

function gemini(response, _, call, path) {
  const part = call
    ? { functionCall: { name: call.name, args: JSON.parse(call.args) } }
    : { text: "ok" };
  const candidate = { content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 };
  const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };
  const value = { candidates: [candidate], usageMetadata, modelVersion: "effect" };
  return path.includes("stream") ? stream(response, [[value]]) : say(response, value);
}
