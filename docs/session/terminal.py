"""A small terminal: it runs a command, and keeps what a screen would show, with its colours."""

import os
import pty
import re
import select
import struct
import subprocess
import termios
from fcntl import ioctl

COLUMNS, ROWS = 80, 24
ESCAPE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")
QUESTION = re.compile(r"\[[A-Za-z/]+\] $")
NORMAL = (None, False, False)
COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]


class Screen:
    """Lines of cells. A cell is a character and its style: a colour, whether it is bold, and whether it is dim."""

    def __init__(self):
        self.lines: list[list] = [[]]
        self.row = self.column = 0
        self.style = NORMAL

    def write(self, output: str):
        position = 0
        while position < len(output):
            if found := ESCAPE.match(output, position):
                self.escape(found[1], found[2])
                position = found.end()
            else:
                self.put(output[position])
                position += 1

    def put(self, character: str):
        if character == "\r":
            self.column = 0
            return
        if character == "\n" or self.column == COLUMNS:
            self.row, self.column = self.row + 1, 0 if character != "\n" else self.column
            self.lines += [[] for _ in range(self.row + 1 - len(self.lines))]
        if character >= " ":
            line = self.lines[self.row]
            line += [(" ", NORMAL)] * (self.column + 1 - len(line))
            line[self.column] = (character, self.style)
            self.column += 1

    def escape(self, parameters: str, action: str):
        if action == "m":
            for code in (int(code or 0) for code in parameters.split(";")):
                self.select(code)
        elif action == "K":
            del self.lines[self.row][0 if parameters == "2" else self.column :]
        elif action not in "hl":
            raise ValueError(f"the escape sequence {parameters}{action} is not known")

    def select(self, code: int):
        colour, bold, dim = self.style
        if code == 0:
            self.style = NORMAL
        elif code in (1, 2):
            self.style = (colour, bold or code == 1, dim or code == 2)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            self.style = (COLOURS[code % 10], bold, dim)
        elif code in (22, 39):
            self.style = (None, bold, dim) if code == 39 else (colour, False, False)
        else:
            raise ValueError(f"the colour {code} is not known")


def run(command: str, environment: dict, directory, answers: list[str]) -> str:
    """Runs a command in a terminal, answers its questions, and returns its output."""
    terminal, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    streams = {"stdin": slave, "stdout": slave, "stderr": slave, "start_new_session": True}
    child = subprocess.Popen(command, shell=True, env=environment, cwd=directory, **streams)
    os.close(slave)
    output, answers = b"", iter(answers)
    while True:
        ready = select.select([terminal], [], [], 60)[0]
        try:
            received = os.read(terminal, 4096) if ready else b""
        except OSError:  # Linux reports the end of a terminal as an error
            received = b""
        if not received:
            break
        output += received
        if QUESTION.search(output.decode(errors="replace")):
            os.write(terminal, f"{next(answers, 'y')}\n".encode())
    os.close(terminal)
    if code := child.wait(60):
        raise SystemExit(f"`{command}` exited with {code}\n{output.decode()}")
    return output.decode()
