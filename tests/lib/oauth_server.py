"""A real server of another make: fastmcp with its own OAuth provider. It approves without a page, publishes its issuer
with a trailing slash, gives every client a secret, and rotates refresh tokens without grace.

    oauth_server.py SECONDS [--stateless] [--port=PORT]

The first access token of a sign-in lives for SECONDS, every other for an hour. Without sessions a GET gets 405, as with
many servers, else 401. Prints the MCP server's URL once it listens; `/counts` beside it returns the requests so far.
POST `/refuse` makes the server forget all access tokens.
"""

import json
import socket
import sys
from collections import Counter
from urllib.parse import parse_qs

import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth.auth import ClientRegistrationOptions, RevocationOptions
from fastmcp.server.auth.providers import in_memory

counts = Counter()


class Provider(in_memory.InMemoryOAuthProvider):
    """Fastmcp's provider with two lifetimes instead of one."""

    async def exchange_authorization_code(self, client, authorization_code):
        in_memory.DEFAULT_ACCESS_TOKEN_EXPIRY_SECONDS = int(sys.argv[1])
        return await super().exchange_authorization_code(client, authorization_code)

    async def exchange_refresh_token(self, client, refresh_token, scopes):
        in_memory.DEFAULT_ACCESS_TOKEN_EXPIRY_SECONDS = 3600
        return await super().exchange_refresh_token(client, refresh_token, scopes)


class Counted:
    """Counts the requests to the OAuth endpoints, for `/counts`."""

    names = {"/authorize": "authorize", "/register": "register", "/revoke": "revoke"}

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["path"] == "/counts":
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            return await send({"type": "http.response.body", "body": json.dumps(counts).encode()})
        if scope["path"] == "/refuse":
            provider.access_tokens.clear()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            return await send({"type": "http.response.body", "body": b""})
        asked = bytearray()

        async def receive_and_keep():
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def count_and_send(message):
            if message["type"] == "http.response.start":
                self.count(scope, bytes(asked), message["status"])
            await send(message)

        await self.app(scope, receive_and_keep, count_and_send)

    def count(self, scope, asked, status):
        name = self.names.get(scope["path"])
        if scope["path"] == "/token":
            name = parse_qs(asked.decode()).get("grant_type", ["no grant"])[0]
            if dict(scope["headers"]).get(b"user-agent", b"").startswith(b"mcpgen/"):
                name += " by mcpgen"
        if name:
            counts[name if status < 400 else f"{name} refused"] += 1


ports = [int(word.removeprefix("--port=")) for word in sys.argv if word.startswith("--port=")]
listener = socket.create_server(("127.0.0.1", ports[0] if ports else 0))
# uvicorn's own sockets set this; without it, every response waits 40 ms between its headers and its body.
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
url = f"http://localhost:{listener.getsockname()[1]}"
provider = Provider(
    base_url=url,
    client_registration_options=ClientRegistrationOptions(
        enabled=True, valid_scopes=["mcp:tools"], default_scopes=["mcp:tools"]
    ),
    revocation_options=RevocationOptions(enabled=True),
    required_scopes=["mcp:tools"],
)
mcp = FastMCP("fastmcp", auth=provider)


@mcp.tool
def ping() -> str:
    """answers pong"""
    return "pong"


app = Counted(mcp.http_app(path="/mcp", json_response=True, stateless_http="--stateless" in sys.argv))
print(f"{url}/mcp", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
