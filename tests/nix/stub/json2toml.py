"""Writes the JSON file argv[1] as TOML, as nixpkgs' formats.toml does."""

import json
import sys


def inline(value):
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return "[" + ", ".join(map(inline, value)) + "]"
        case dict():
            fields = (f"{json.dumps(key)} = {inline(field)}" for key, field in value.items())
            return "{ " + ", ".join(fields) + " }"
    raise SystemExit(f"TOML has no {value!r}")


def table(path, fields):
    print("[" + ".".join(map(json.dumps, path)) + "]" if path else "", end="\n")
    inner = {key: field for key, field in fields.items() if isinstance(field, dict)}
    for key, field in fields.items():
        if key not in inner:
            print(json.dumps(key), "=", inline(field))
    for key, field in inner.items():
        table([*path, key], field)


with open(sys.argv[1]) as file:
    table([], json.load(file))
