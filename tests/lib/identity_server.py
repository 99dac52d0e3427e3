"""A real server that accepts the identities of an identity provider: fastmcp's identity assertion (ID-JAG), each with an
authorization server of its own.

    identity_server.py SECONDS ISSUER

An access token lives for SECONDS. ISSUER is the provider that it trusts; it finds the provider's keys by discovery. Prints
the MCP server's URL once it listens; `/counts` beside it returns the requests to the token endpoint so far.
"""

import json
import socket
import sys
from collections import Counter
from urllib.parse import parse_qs

import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth import IdentityAssertion, OAuthProxy
from fastmcp.server.auth.providers.jwt import StaticTokenVerifier

counts = Counter()


class Counted:
    """Counts the grants, for `/counts`."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["path"] == "/counts":
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            return await send({"type": "http.response.body", "body": json.dumps(counts).encode()})
        asked = bytearray()

        async def receive_and_keep():
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def count_and_send(message):
            if message["type"] == "http.response.start" and scope["path"] == "/token":
                grant = parse_qs(asked.decode()).get("grant_type", ["no grant"])[0].split(":")[-1]
                counts[grant if message["status"] < 400 else f"{grant} refused"] += 1
            await send(message)

        await self.app(scope, receive_and_keep, count_and_send)


seconds, issuer = sys.argv[1:]
listener = socket.create_server(("127.0.0.1", 0))
# uvicorn's own sockets set this; without it, every response waits 40 ms between its headers and its body.
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
url = f"http://localhost:{listener.getsockname()[1]}"
mcp = FastMCP(
    "identity",
    auth=OAuthProxy(
        # Nobody signs in here: the client exists only because the proxy knows the one of its upstream.
        upstream_authorization_endpoint=f"{issuer}/auth",
        upstream_token_endpoint=f"{issuer}/token",
        upstream_client_id="mcp-client",
        upstream_client_secret="unused",
        token_verifier=StaticTokenVerifier(tokens={}),
        base_url=url,
        identity_assertion=IdentityAssertion(
            trusted_issuers=[issuer], access_token_expiry_seconds=int(seconds)
        ),
    ),
)


@mcp.tool
def ping() -> str:
    """answers pong"""
    return "pong"


app = Counted(mcp.http_app(path="/mcp", json_response=True, stateless_http=True))
print(f"{url}/mcp", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
