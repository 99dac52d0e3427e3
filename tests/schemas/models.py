"""Validates a client's file with the Pydantic models of its package: models.py CLIENT FILE.

It prints a JSON list of complaints: the errors of the models, and the fields that no model has.
"""

import json
import sys
import tomllib

from pydantic import BaseModel, TypeAdapter, ValidationError


def unknown_fields(path, given, read, known=()):
    """The paths of the fields in `given` that the model of `read` does not have."""
    if not isinstance(read, BaseModel) or not isinstance(given, dict):
        return
    fields = type(read).model_fields
    for name, value in given.items():
        if name in fields:
            yield from unknown_fields(f"{path}.{name}", value, getattr(read, name))
        elif name not in known:
            yield f"unknown field `{path}.{name}`"


def openhands(text):
    """The entries of a JSON file, with the model of an entry."""
    from fastmcp.mcp_config import RemoteMCPServer, StdioMCPServer

    for name, entry in json.loads(text)["mcpServers"].items():
        yield name, entry, StdioMCPServer if "command" in entry else RemoteMCPServer, ()


def mistral_vibe(text):
    """The entries of a TOML file, with the model of an entry and the fields of its older form."""
    from vibe.core.config import models

    for entry in tomllib.loads(text)["mcp_servers"]:
        yield entry["name"], entry, models.MCPServer, models._LEGACY_STATIC_AUTH_KEYS


def complaints(entries):
    for name, entry, model, older in entries:
        try:
            read = TypeAdapter(model).validate_python(json.loads(json.dumps(entry)))
        except ValidationError as error:
            for found in error.errors():
                where = ".".join(str(part) for part in found["loc"])
                yield f"{name}.{where}: {found['msg']}"
        else:
            yield from unknown_fields(name, entry, read, older)


CLIENTS = {"openhands": openhands, "mistral-vibe": mistral_vibe}
client, file = sys.argv[1:]
with open(file, encoding="utf-8") as opened:
    print(json.dumps(list(complaints(CLIENTS[client](opened.read())))))
