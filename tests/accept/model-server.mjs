// A stand-in for a language model, with OpenAI's chat endpoint on a free loopback port; prints its
// URL. Its only response is the names of the tools that it was offered: a client that prints them
// has started their servers and listed their tools.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

const model = { id: "accept", object: "model", created: 0, owned_by: "accept" };
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

const completion = (object, choice) => ({
  id: "accept",
  object,
  created: 0,
  model: model.id,
  choices: [{ index: 0, finish_reason: "stop", ...choice }],
  usage,
});

const server = createServer(async (request, response) => {
  const say = (type, text) => response.writeHead(200, { "content-type": type }).end(text);
  if (request.url === "/v1/models")
    return say("application/json", JSON.stringify({ object: "list", data: [model] }));
  if (request.url !== "/v1/chat/completions") return response.writeHead(404).end();

  const { stream, tools = [] } = await json(request);
  const message = {
    role: "assistant",
    content: `tools: ${tools.map((tool) => tool.function.name).join(" ")}`,
  };
  if (!stream)
    return say("application/json", JSON.stringify(completion("chat.completion", { message })));
  const chunk = JSON.stringify(completion("chat.completion.chunk", { delta: message }));
  return say("text/event-stream", `data: ${chunk}\n\ndata: [DONE]\n\n`);
});

server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
