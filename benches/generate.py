"""Writes the inputs of the benchmark to a scratch directory: homes, declarations, and the same servers for other tools.

    generate.py SCRATCH MCPGEN GOLDEN-DIRECTORY
    generate.py login SCRATCH URL       the case of a sign-in to a running server

Every case is a directory SCRATCH/CASE with `home` (the home directory before the first run), `one.toml` and
`other.toml` (two declarations of the same servers that differ in every entry, or in one).
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

BRIDGE = "mcp-remote@0.15.1"
KINDS = ["oauth", "token", "secret", "open", "local"]

# The clients that both tools write, in the other tool's scope: mcpgen's name, then the other tool's.
RULESYNC = {
    "amp": "amp",
    "antigravity": "antigravity-ide",
    "claude-code": "claudecode",
    "cline": "cline",
    "codex": "codexcli",
    "continue": "continue",
    "copilot-cli": "copilotcli",
    "cursor": "cursor",
    "devin": "devin",
    "goose": "goose",
    "kiro": "kiro-ide",
    "mistral-vibe": "vibe",
    "opencode": "opencode",
    "qwen-code": "qwencode",
    "zed": "zed",
}
RULER = {
    "claude-code": "claude",
    "codex": "codex",
    "copilot-cli": "copilot",
    "cursor": "cursor",
    "gemini-cli": "gemini-cli",
    "kiro": "kiro",
    "mistral-vibe": "mistral",
    "opencode": "opencode",
    "qwen-code": "qwen",
    "zed": "zed",
}
ADD_MCP = {
    "antigravity": "antigravity",
    "claude-code": "claude-code",
    "claude-desktop": "claude-desktop",
    "cline": "cline-cli",
    "codex": "codex",
    "copilot-cli": "github-copilot-cli",
    "cursor": "cursor",
    "gemini-cli": "gemini-cli",
    "goose": "goose",
    "kiro": "kiro-cli",
    "opencode": "opencode",
    "vscode": "vscode",
    "windsurf": "windsurf",
    "zed": "zed",
}
AGENT_KIT = {
    "claude-code": "claude",
    "codex": "codex",
    "opencode": "opencode",
    "pi": "pi",
    "vscode": "copilot",
}


def names(count):
    return [(f"{KINDS[n % 5]}-{n:04}", KINDS[n % 5]) for n in range(count)]


def server(name, kind, mark):
    """The declaration of one server; every value that an entry contains has the `mark`."""
    host = f'url = "https://{name}{mark}.example.com/mcp"\n'
    body = {
        "oauth": host + 'auth = "oauth"\n',
        "token": host + f'auth = {{ token = "keyring:{name}" }}\n',
        "open": host,
        "secret": 'command = "uvx"\n'
        f'args = ["mcp-{name}"]\n'
        'env = { SITE_URL = "https://acme.example.net" }\n'
        f'secrets = {{ SITE_TOKEN = "op://Private/{name}/token" }}\n',
        "local": 'command = "npx"\n'
        f'args = ["-y", "@example/server-{name}{mark}", "~/src"]\n'
        'env = { LOG_LEVEL = "info" }\n',
    }
    return f"[servers.{name}]\n{body[kind]}\n"


def declaration(count, clients, changed=()):
    """`changed` names the servers whose entries differ. If it names all, `launch.mcpgen` differs too."""
    servers = names(count)
    everything = len(changed) == count
    mcpgen = "/opt/mcpgen" if everything else "mcpgen"
    text = f"clients = {json.dumps(clients)}\n\n[launch]\nmcpgen = \"{mcpgen}\"\n\n"
    return text + "".join(
        server(name, kind, "-two" if name in changed else "") for name, kind in servers
    )


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def case(folder, count, clients, changed=None):
    changed = [name for name, _ in names(count)] if changed is None else changed
    write(folder / "one.toml", declaration(count, clients))
    write(folder / "other.toml", declaration(count, clients, changed))
    write(folder / "home/.config/mcpgen/mcp.toml", declaration(count, clients))


def lived_in(home, table, golden):
    """Copies the `before` file of every client's golden test to its path."""
    for client in table:
        path = home / pathlib.Path(client["path"]).relative_to("/home/bench")
        path.parent.mkdir(parents=True, exist_ok=True)
        (before,) = (golden / client["name"]).glob("before.*")
        shutil.copyfile(before, path)


def claude_state(size, first):
    """A ~/.claude.json after a year of use: mostly projects and their history."""
    servers = {"mine": {"type": "stdio", "command": "uvx", "args": ["mine"], "env": {}}}
    words = "please look at why the build fails on the second run – “übung” \\ C:\\src and fix it".split()
    projects = {}
    total = 0
    while total < size:
        number = len(projects)
        history = [
            {
                "display": " ".join(words[(number + n) % len(words) :] + words[: n % 7] + [f'"{n}"']),
                "pastedContents": {} if n % 5 else {"1": {"id": 1, "type": "text", "content": "x\n\ty\n" * 40}},
            }
            for n in range(100)
        ]
        project = {
            "allowedTools": [],
            "history": history,
            "mcpContextUris": [],
            "mcpServers": {},
            "enabledMcpjsonServers": [],
            "hasTrustDialogAccepted": True,
            "projectOnboardingSeenCount": 4,
            "lastCost": 0.31250000000000006,
            "lastAPIDuration": 118234 + number,
            "lastSessionId": f"00000000-0000-4000-8000-{number:012}",
        }
        projects[f"/home/ada/src/project-{number}"] = project
        total += len(json.dumps({str(number): project}, indent=2, ensure_ascii=False).encode())
    head = {"numStartups": 1893, "installMethod": "native", "autoUpdates": True, "theme": "dark"}
    tips = {"tipsHistory": {f"tip-{n}": n for n in range(40)}}
    section = {"mcpServers": servers}
    parts = [section, head, tips, {"projects": projects}] if first else [head, tips, {"projects": projects}, section]
    return json.dumps({key: value for part in parts for key, value in part.items()}, indent=2, ensure_ascii=False)


def entries():
    """The five entries that mcpgen writes, as input for another tool: stdio if mcpgen starts something."""
    out = {}
    for name, kind in names(5):
        out[name] = {
            "oauth": {"command": "npx", "args": ["-y", BRIDGE, f"https://{name}.example.com/mcp"]},
            "token": {"command": "mcpgen", "args": ["exec", name]},
            "secret": {"command": "mcpgen", "args": ["exec", name]},
            "open": {"url": f"https://{name}.example.com/mcp"},
            "local": {
                "command": "npx",
                "args": ["-y", f"@example/server-{name}", "/home/bench/src"],
                "env": {"LOG_LEVEL": "info"},
            },
        }[kind]
    return out


def started(folder):
    """Five servers. The first exits immediately, and has a secret from the environment and one from a file."""
    servers = [(name.replace("oauth", "secret"), kind) for name, kind in names(5)]
    (first, _), rest = servers[0], servers[1:]
    text = 'clients = ["claude-code"]\n\n' + "".join(server(name, kind, "") for name, kind in rest)
    text += f'[servers.{first}]\ncommand = "/bin/true"\nsecrets = {{ A = "env:PATH", B = "file:~/token" }}\n'
    write(folder / "home/.config/mcpgen/mcp.toml", text)
    write(folder / "home/token", "of no server\n")
    (folder / "home/token").chmod(0o600)


def examined(folder, clients, mcpgen):
    """Forty clients with 25 servers each; if the table has fewer, the rest are rows of a user's own."""
    own = [f"own-{n}" for n in range(40 - len(clients))]
    rows = "".join(
        f'[{name}]\ntitle = "{name}"\npath = "~/.{name}/mcp.json"\nsection = "mcpServers"\n'
        'template = "mcp-servers.jsonc.j2"\naccepts = ["stdio", "http", "sse"]\n'
        for name in own
    )
    write(folder / "home/.config/mcpgen/templates/clients.toml", rows)
    text = declaration(25, [*clients[:40], *own]).replace('mcpgen = "mcpgen"', f"mcpgen = {json.dumps(mcpgen)}")
    write(folder / "home/.config/mcpgen/mcp.toml", text)


def manifest():
    """The five entries as a manifest of agent-config-kit."""
    platforms = json.dumps(sorted(AGENT_KIT.values()))
    toml = f'[options]\nscope = "global"\nplatforms = {platforms}\n\n'
    for name, entry in entries().items():
        kind = "remote" if "url" in entry else "stdio"
        toml += f"[mcp_servers.{name}]\nkind = {json.dumps(kind)}\n"
        for key, value in entry.items():
            if key != "env":
                toml += f"{key} = {json.dumps(value)}\n"
        if "env" in entry:
            pairs = ", ".join(f"{key} = {json.dumps(value)}" for key, value in entry["env"].items())
            toml += f"env = {{ {pairs} }}\n"
        toml += "\n"
    return toml


def peers(scratch):
    for peer, clients in (
        ("rulesync", RULESYNC),
        ("ruler", RULER),
        ("add-mcp", ADD_MCP),
        ("agent-config-kit", AGENT_KIT),
    ):
        case(scratch / f"beside-{peer}", 5, sorted(clients))
        # The project of which ruler writes the files.
        (scratch / f"beside-{peer}/home/src").mkdir()
        (scratch / peer / "home").mkdir(parents=True)
        write(scratch / f"{peer}.clients", ",".join(clients.values()))
    with_type = {name: {"type": "http" if "url" in e else "stdio", **e} for name, e in entries().items()}
    write(scratch / "rulesync/src/.rulesync/mcp.json", json.dumps({"mcpServers": with_type}, indent=2))
    toml = ""
    for name, entry in entries().items():
        toml += f"[mcp_servers.{name}]\n"
        for key, value in entry.items():
            if key != "env":
                toml += f"{key} = {json.dumps(value)}\n"
        if "env" in entry:
            toml += f"[mcp_servers.{name}.env]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in entry["env"].items())
    write(scratch / "ruler/home/src/.ruler/ruler.toml", toml)
    write(scratch / "agent-config-kit/manifest.toml", manifest())
    lines = []
    for name, entry in entries().items():
        # add-mcp does not give Claude Desktop a server with a URL.
        agents = " ".join(f"-a {a}" for a in ADD_MCP.values() if "url" not in entry or a != "claude-desktop")
        source = entry.get("url") or " ".join([entry["command"], *entry["args"]])
        env = "".join(f" --env {k}={v}" for k, v in entry.get("env", {}).items())
        lines.append(f'"$ADD_MCP" "{source}" --name {name} --global --yes{env} {agents} </dev/null >/dev/null 2>&1\n')
    script = scratch / "add-mcp.sh"
    write(script, "#!/bin/sh\nset -e\n" + lines[0] + 'if [ "$1" = one ]; then exit; fi\n' + "".join(lines[1:]))
    script.chmod(0o755)


def main(scratch, mcpgen, golden):
    scratch, golden = pathlib.Path(scratch), pathlib.Path(golden)
    env = {"HOME": "/home/bench", "PATH": os.environ["PATH"]}
    table = json.loads(subprocess.run([mcpgen, "clients", "--json"], env=env, check=True, stdout=subprocess.PIPE).stdout)
    everyone = [client["name"] for client in table]
    case(scratch / "everyone", 5, everyone)
    write(scratch / "everyone.count", str(len(everyone)))
    table = [client for client in table if client["path"]]  # those of this system
    clients = [client["name"] for client in table]
    write(scratch / "here.count", str(len(clients)))
    case(scratch / "three", 5, ["claude-code", "codex", "cursor"])
    for count in (1, 5, 50, 500):
        case(scratch / f"fresh-{count}", count, clients)
        case(scratch / f"lived-{count}", count, clients)
        lived_in(scratch / f"lived-{count}/home", table, golden)
    started(scratch / "exec")
    examined(scratch / "doctor", clients, mcpgen)
    for place in ("start", "end"):
        folder = scratch / f"claude-{place}"
        case(folder, 5, ["claude-code"], changed=[names(5)[0][0]])
        write(folder / "home/.claude.json", claude_state(4_000_000, place == "start"))
    peers(scratch)


def signs_in(scratch, url):
    text = f'clients = ["claude-code"]\n\n[servers.one]\nurl = "{url}"\nauth = "oauth"\n'
    write(pathlib.Path(scratch) / "login/home/.config/mcpgen/mcp.toml", text)


if sys.argv[1] == "login":
    signs_in(*sys.argv[2:])
else:
    main(*sys.argv[1:])
