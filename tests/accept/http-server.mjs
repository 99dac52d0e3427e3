// The MCP server of the bench over Streamable HTTP; prints its URL.
import { listen } from "../lib/mcp-server.mjs";

const { origin } = await listen();
console.log(`${origin}/mcp`);
