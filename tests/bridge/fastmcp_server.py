"""A real server of another make: fastmcp, with tools that report progress, send requests, fail, wait, or return much.

    fastmcp_server.py stdio | PATH [--json] [--stateless] [--sse]

Over HTTP it prints its URL once it listens. With sessions it keeps what it sent, so that a stream can be resumed.
"""

import asyncio
import socket
import sys

import uvicorn
from fastmcp import Context, FastMCP
from fastmcp.server.event_store import EventStore
from mcp.types import SamplingMessage, TextContent
from pydantic import BaseModel

mcp = FastMCP("fastmcp", version="1.0.0")


class Answer(BaseModel):
    """The form of the elicitation."""

    value: str


@mcp.tool
def ping() -> str:
    """answers pong"""
    return "pong"


@mcp.tool
def add(a: int, b: int) -> dict[str, int]:
    """returns structured content"""
    return {"sum": a + b}


@mcp.tool
def fail() -> str:
    """fails"""
    raise ValueError("it fails")


@mcp.tool
def big(mebibytes: int) -> str:
    """returns a long text"""
    return "é" * (mebibytes << 19)


@mcp.tool
def length(text: str) -> int:
    """returns the length of a string"""
    return len(text)


@mcp.tool
async def sleep(seconds: float) -> str:
    """waits"""
    await asyncio.sleep(seconds)
    return f"slept {seconds}"


@mcp.tool
async def report(steps: int, ctx: Context) -> str:
    """reports its progress"""
    for step in range(steps):
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
    return "reported"


@mcp.tool
async def log(ctx: Context) -> str:
    """logs"""
    for level in ("debug", "info", "warning", "error"):
        await ctx.log(f"it is {level}", level=level, logger_name="bench")
    return "logged"


@mcp.tool
async def sample(ctx: Context) -> str:
    """requests a message of the client's model"""
    message = SamplingMessage(role="user", content=TextContent(type="text", text="hello"))
    answer = await ctx.session.create_message([message], max_tokens=10, related_request_id=ctx.request_id)
    return f"{answer.model}: {answer.content.text}"


@mcp.tool
async def elicit(ctx: Context) -> str:
    """requests an elicitation"""
    answer = await ctx.elicit("what is it?", Answer)
    return f"{answer.action}: {answer.data.value}"


@mcp.tool
async def dropped(ctx: Context) -> str:
    """ends the stream of its own response"""
    await ctx.report_progress(1, 2)
    if ctx.transport != "stdio":
        await ctx.close_sse_stream()
    await asyncio.sleep(0.2)
    return "answered on another stream"


@mcp.resource("bench://text/{name}")
def text(name: str) -> str:
    """a string"""
    return f"text of {name}"


@mcp.prompt
def greet(name: str) -> str:
    """a greeting"""
    return f"greet {name}"


def serve(path, *options):
    """Serves over HTTP."""
    listener = socket.create_server(("127.0.0.1", 0))
    # uvicorn's own sockets set this; without it, every response waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stateless = "--stateless" in options
    sse = "--sse" in options
    app = mcp.http_app(
        path=path,
        transport="sse" if sse else "http",
        json_response="--json" in options,
        stateless_http=stateless,
        event_store=None if stateless or sse else EventStore(),
        retry_interval=None if stateless or sse else 100,
    )
    print(f"http://127.0.0.1:{listener.getsockname()[1]}{path}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)).run(sockets=[listener])


if sys.argv[1] == "stdio":
    mcp.run(transport="stdio", show_banner=False, log_level="ERROR")
else:
    serve(*sys.argv[1:])
