#!/usr/bin/env python3
"""Records the terminal session of the README, docs/session.svg.

    docs/session/record.py DIRECTORY-OF-MCPGEN

Every command really runs, in a new home directory, in a terminal of 80 columns. The server is a stand-in for
Atlassian's on this machine (server.py), and the browser is a script that signs in. Only one thing is changed in the
output: the query of the authorization URL, which is random, is replaced by an ellipsis.
"""

import re
import sys
import tempfile
from html import escape
from itertools import groupby
from pathlib import Path

import server
import terminal

SESSION = [
    "mcpgen list",
    "mcpgen init --import --probe",
    "mcpgen apply --adopt-all",
    "mcpgen login",
    "mcpgen list",
]
FILES = {
    ".cursor/mcp.json": '{"mcpServers": {"atlassian": {"url": "%s"}}}\n',
    ".claude.json": '{"mcpServers": {"atlassian": {"type": "http", "url": "%s"}}}\n',
    ".claude/.credentials.json": '{"mcpOAuth": {"atlassian|1": {"serverUrl": "%s", "accessToken": "own"}}}\n',
}
BROWSER = f"""#!{sys.executable}
import sys, urllib.request
urllib.request.urlopen(sys.argv[1]).read()
"""

CHUNK = re.compile(r"( *)(\S+(?: \S+)*|$)")
WIDTH, HEIGHT, MARGIN = 8.4, 19, 16  # of a character and of the margin, in pixels
STYLES = {
    "red": "#ff7b72",
    "green": "#7ee787",
    "yellow": "#e3b341",
    "blue": "#79c0ff",
    "magenta": "#d2a8ff",
    "cyan": "#76e3ea",
    "black": "#8b949e",
    "white": "#f0f6fc",
}


def record(programs: Path) -> list[list]:
    """Runs the session. Returns the lines of the screen."""
    screen = terminal.Screen()
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        home, browser = scratch / "home", scratch / "browser"
        for name, content in FILES.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(content % server.URL)
        browser.write_text(BROWSER)
        browser.chmod(0o755)
        environment = {"HOME": str(home), "PATH": f"{programs}:/usr/bin:/bin", "BROWSER": str(browser)}
        environment |= {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | server.start(scratch)
        for command in SESSION:
            screen.write(f"\x1b[2m$\x1b[0m \x1b[1m{command}\x1b[0m\r\n")
            output = terminal.run(command, environment, home, [])
            output = re.sub(r"(/authorize\?)\S+", r"\1…", output)
            if directory in output:
                sys.exit(f"`{command}` prints a path of this machine")
            screen.write(output + "\r\n")
    while screen.lines and not screen.lines[-1]:
        screen.lines.pop()
    return screen.lines


def spans(line: list) -> str:
    """Returns a line as SVG. Each style and each column of a table begins at its own place, whatever the font."""
    found, column = [], 0
    for (colour, bold, dim), cells in groupby(line, key=lambda cell: cell[1]):
        content = "".join(character for character, _ in cells)
        classes = " ".join(filter(None, [colour, bold and "bold", dim and "dim"]))
        for gap, chunk in CHUNK.findall(content):
            column += len(gap)
            place = f'x="{MARGIN + column * WIDTH:.1f}"' + (f' class="{classes}"' if classes else "")
            found.append(gap + (f"<tspan {place}>{escape(chunk, quote=False)}</tspan>" if chunk else ""))
            column += len(chunk)
    return "".join(found)


def drawing(lines: list[list]) -> str:
    """Returns the session as SVG. It has a background of its own, so it is readable on every page."""
    width = round(terminal.COLUMNS * WIDTH) + 2 * MARGIN
    height = len(lines) * HEIGHT + 2 * MARGIN
    rules = [f".{name}{{fill:{colour}}}" for name, colour in STYLES.items()]
    fonts = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
    rules.append(f"text{{font-family:{fonts};font-size:14px;fill:#e6edf3;white-space:pre}}")
    rules.append(".bold{font-weight:bold}.dim{fill:#8b949e}")
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">',
        "<title>A terminal session: two clients sign in separately, and share one sign-in afterwards</title>",
        f"<style>{''.join(rules)}</style>",
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8" fill="#161b22" stroke="#57606a"/>',
    ]
    for number, line in enumerate(lines):
        if line:
            baseline = MARGIN + number * HEIGHT + 14
            drawn.append(f'<text y="{baseline}">{spans(line)}</text>')
    return "\n".join([*drawn, "</svg>"]) + "\n"


def main():
    svg = drawing(record(Path(sys.argv[1]).resolve()))
    path = Path(__file__).resolve().parents[1] / "session.svg"
    path.write_text(svg)
    print(f"recorded: {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}, {len(svg)} bytes")


main()
