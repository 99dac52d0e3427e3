"""Reads the results of run.sh, checks the bounds and writes the document.

    report.py RESULTS [--quick] DOCUMENT
"""

import json
import pathlib
import platform
import statistics
import sys

MIB = 1024


class Results:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def times(self, name):
        return json.loads((self.folder / f"{name}.time").read_text())["results"][0]

    def seconds(self, name):
        """The seconds that a build took, and those of the processors."""
        passed, *processor = (self.folder / f"{name}.seconds").read_text().split()
        return float(passed), sum(map(float, processor))

    def is_clean(self):
        return (self.folder / "readme.seconds").exists()

    def megabytes(self):
        return int((self.folder / "bytes").read_text()) / 1e6

    def count(self, name):
        return int((self.folder / name).read_text())

    def ms(self, name):
        return statistics.median(self.times(name)["times"]) * 1000

    def cpu(self, name):
        return (self.times(name)["user"] + self.times(name)["system"]) * 1000

    def mib(self, name):
        lines = (self.folder / f"{name}.memory").read_text().split()
        return max(int(line) for line in lines if line.isdigit()) / MIB

    def instructions(self, name):
        path = self.folder / f"{name}.instructions"
        return int(path.read_text()) if path.exists() and path.read_text().strip() else None


class Bound:
    def __init__(self, what, value, limit, unit):
        self.what, self.value, self.limit, self.unit = what, value, limit, unit

    def holds(self):
        return self.value <= self.limit

    def row(self):
        missed = "" if self.holds() else ", **missed**"
        return f"| {self.what} | ≤ {self.limit} {self.unit} | {number(self.value)} {self.unit}{missed} |"


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


STEPS = [("first", "first apply"), ("again", "apply, nothing to do"), ("other", "apply, every entry differs")]
HOMES = [("fresh", "no existing files"), ("lived", "existing files")]


def growth(value, home, step):
    """The cost per additional server between 50 and 500, divided by that between 1 and 50."""
    one, fifty, most = (value(f"{home}-{count}.{step}") for count in (1, 50, 500))
    return ((most - one) / 499) / ((fifty - one) / 49)


LARGE = ["render", "check", "status", "list", "doctor"]
# What a first apply of 5 servers to 44 clients needed when each file and each directory was synced separately.
SYNCS = 94


def clients(results):
    return f"{results.count('here.count')} clients"


def entries(results):
    return 500 * results.count("here.count")


def both(results, title, name, ms, mib):
    yield Bound(title, results.ms(name), ms, "ms")
    yield Bound(title, results.mib(name), mib, "MiB")


def bounds(results):
    everyone = f"5 servers, all {results.count('everyone.count')} clients"
    here = f"5 servers, {clients(results)}"
    yield from both(results, f"{everyone}: render", "everyone.render", 6, 10)
    yield from both(results, f"{everyone}: apply, nothing to do", "everyone.again", 6, 10)
    yield from both(results, f"{here}: render", "fresh-5.render", 6, 10)
    yield from both(results, f"{here}: apply, nothing to do", "fresh-5.again", 6, 10)
    yield from both(results, f"{here}: apply, nothing to do, existing files", "lived-5.again", 6, 10)
    yield from both(results, "5 servers, 3 clients: render", "three.render", 2, 10)
    yield from both(results, "5 servers, 3 clients: apply, nothing to do", "three.again", 2, 10)
    for home, where in HOMES:
        title = f"{here}, {where}: first apply, syncs"
        yield Bound(title, results.count(f"{home}-5.syncs"), SYNCS // 3, "calls")
    for home, where in HOMES:
        for step, what in STEPS:
            title = f"500 servers, {clients(results)}, {where}: {what}"
            yield from both(results, title, f"{home}-500.{step}", 1000, 120)
            title = f"cost per entry with 500 servers, divided by that with 50, {where}: {what}"
            yield Bound(f"{title} (processor time)", growth(results.cpu, home, step), 2, "×")
            if results.instructions(f"{home}-500.{step}"):
                yield Bound(f"{title} (instructions)", growth(results.instructions, home, step), 2, "×")
        title = f"500 servers, {clients(results)}, {where}: plan --diff, every entry differs"
        yield from both(results, title, f"{home}-500.diff", 1000, 120)
    for command, name in [("plan --json, every entry differs", "json"), *((it, it) for it in LARGE)]:
        title = f"500 servers, {clients(results)}, existing files: {command}"
        yield from both(results, title, f"lived-500.{name}", 1000, 120)
    yield Bound("doctor, 40 clients of 25 servers each", results.ms("doctor"), 30, "ms")
    more = results.ms("exec.exec") - results.ms("exec.direct")
    yield Bound("exec, secrets from the environment and a file: time added to a direct start", more, 5, "ms")
    yield Bound("login at a local server, with curl as the browser", results.ms("login"), 100, "ms")
    yield Bound("token, from the cache", results.ms("token"), 5, "ms")
    yield Bound("the program", results.megabytes(), 6, "MB")
    builds = [("a release build", "build"), ("the first command of README.md", "readme")]
    for what, name in builds if results.is_clean() else []:
        passed, processor = results.seconds(name)
        yield Bound(f"{what} from clean ({number(processor)} s of processor time)", passed, 120, "s")
    for place in ("start", "end"):
        title = f"4 MB ~/.claude.json, servers at the {place}: apply"
        yield from both(results, f"{title}, nothing to do", f"claude-{place}.again", 60, 30)
        yield from both(results, f"{title}, one entry differs", f"claude-{place}.other", 60, 30)


def machine(results):
    info = pathlib.Path("/proc/cpuinfo").read_text()
    models = [line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")]
    release = ".".join(platform.release().split(".")[:2])
    begin, end = (results.folder / "load").read_text().split()
    return (
        f"The machine has {len(models)} cores ({models[0]}) and runs {platform.system()} {release}.\n"
        f"Its load average was {begin} when the measurement began and {end} when it ended.\n"
        "The measurement itself causes a load of about 1."
    )


def cases(results, base):
    rows = [("`mcpgen --version`: only the start", "start")]
    rows += [("5 servers, no existing files: render", "fresh-5.render")]
    everyone = f"5 servers, all {results.count('everyone.count')} clients"
    rows += [("5 servers, 3 clients: render", "three.render")]
    rows += [(f"5 servers, 3 clients: {what}", f"three.{step}") for step, what in STEPS]
    rows += [(f"{everyone}: render", "everyone.render"), (f"{everyone}: apply, nothing to do", "everyone.again")]
    rows += [("`/bin/true`, started directly", "exec.direct"), ("`/bin/true`, started by exec", "exec.exec")]
    rows += [("doctor, 40 clients of 25 servers each", "doctor")]
    rows += [("login at a local server", "login"), ("token", "token")]
    for count in (5, 50, 500):
        for home, where in HOMES:
            rows += [(f"{count} servers, {where}: {what}", f"{home}-{count}.{step}") for step, what in STEPS]
    rows += [(f"500 servers, {where}: plan --diff, every entry differs", f"{home}-500.diff") for home, where in HOMES]
    rows += [("500 servers, existing files: plan --json, every entry differs", "lived-500.json")]
    rows += [(f"500 servers, existing files: {command}", f"lived-500.{command}") for command in LARGE]
    for place in ("start", "end"):
        for step, what in STEPS:
            what = what.replace("every entry differs", "one entry differs")
            rows.append((f"4 MB `~/.claude.json`, servers at the {place}: {what}", f"claude-{place}.{step}"))
    for what, name in rows:
        ms, count = results.ms(name), results.instructions(name)
        millions = f"{count / 1e6:.1f}" if count else "–"
        yield f"| {what} | {number(ms)} | {number(ms / base)} | {number(results.mib(name))} | {millions} |"


PEERS = [("rulesync", "user"), ("ruler", "project"), ("add-mcp", "user"), ("agent-config-kit", "user")]


def beside(results):
    for name, scope in PEERS:
        clients = len((results.folder / f"{name}.clients").read_text().split(","))
        title = f"{name} {(results.folder / f'{name}.version').read_text().strip()}"
        for who, case in ((title, name), ("mcpgen", f"beside-{name}")):
            first, again = results.ms(f"{case}.first"), results.ms(f"{case}.again")
            over = results.ms(f"beside-{name}.first"), results.ms(f"beside-{name}.again")
            memory = max(results.mib(f"{case}.first"), results.mib(f"{case}.again"))
            start = results.ms("start" if who == "mcpgen" else f"{name}.start")
            yield (
                f"| {who} | {clients}, {scope} files | {number(start)} | {number(first)} | {number(first / over[0])} "
                f"| {number(again)} | {number(again / over[1])} | {number(memory)} |"
            )


def document(results, checked):
    base = results.ms("fresh-5.again")
    one = results.ms("add-mcp.one")
    node = (results.folder / "node").read_text().strip()
    lines = "\n".join
    return f"""# Performance

`just bench` (`benches/run.sh`) measures all figures on this page in one run and writes the page. The command fails if
a figure misses its bound.

{machine(results)}

- **Times** are medians of wall-clock time. They differ between machines and between runs, so compare only figures of
  one run. The ratios compare only such figures.
- **Memory** is the largest resident set of three runs.
- **Instructions** are counted by `valgrind --tool=callgrind`. The counts hardly vary between runs, so use them to
  compare two versions of the code. They do not include the kernel. For hashing they are too high, because valgrind
  does not emulate the processor's instructions for hashing.
- **The cost per entry** does not include the cost of the first server. It is measured in processor time and in
  instructions.

A first apply and every apply that changes something wait for the disk: mcpgen syncs the new files and the copies for
`undo` before it replaces the old files, and it syncs the directories and the ledger. *Syncs* counts these requests.

## The bounds

The bounds for 500 servers were set for 22,000 entries; here they hold for {entries(results):,}.

| what | bound | measured |
|---|---|---|
{lines(bound.row() for bound in checked)}

## All cases

The servers of each declaration alternate between five kinds:

- remote with OAuth,
- remote with a token by reference,
- local with a secret,
- remote without a sign-in,
- local without a secret.

Every server is written to the files of all {clients(results)} that run on this system, so 500 servers are
{entries(results):,} entries. *Existing files* are the files of the golden tests. The ratio compares the time with the time
of an apply of 5 servers that changes nothing.

| what | ms | ratio | peak MiB | million instructions |
|---|---|---|---|---|
{lines(cases(results, base))}

## Other tools

Each tool is compared with mcpgen in the row below it. Both programs are already installed. Both write the same five
servers to the files of the same clients, in the same scope: user files or project files.

- *`--version`* is the time that the program needs to start.
- *First* is the first run, and *again* is a second run on the files that the first run wrote.
- *Ratio* is the time divided by mcpgen's time for the same clients.

| program | clients | `--version`, ms | first, ms | ratio | again, ms | ratio | peak MiB |
|---|---|---|---|---|---|---|---|
{lines(beside(results))}

- **rulesync** runs `generate --global --features mcp`, so it writes only MCP servers. It reads them from a
  `.rulesync/mcp.json` with the entries that mcpgen writes.
- **ruler** writes only project files. It runs `apply` with the servers in `.ruler/ruler.toml`, without skills, backups
  and `.gitignore`. It also writes its (empty) rule files, because this cannot be disabled. In a project, GitHub Copilot
  and Claude Code share one file.
- **add-mcp** accepts one server per run, so its figures are for five runs with `--global --yes`. Each run writes to all
  14 clients. The run for the remote server without a sign-in is an exception: it writes to 13 clients, because add-mcp
  does not write this server to Claude Desktop. One run takes {number(one)} ms.
- **agent-config-kit** runs `apply --no-diff` with a manifest of the entries that mcpgen writes.
- **mcpgen** runs `apply`, or `apply --project` in the comparison with ruler. Each comparison has its own home directory
  and a declaration with only the clients of that comparison. In the first run, mcpgen spends most of the time on work
  that the other tools do not do: it syncs each new file, exchanges it with the old file, and keeps a ledger and a copy
  for `undo`. The other tools write files in place.
- **The other tools** are programs on Node.js {node}, and agent-config-kit on Python. A large part of their time is
  the start of Node.js or Python.
- **agentsync** 1.45.0 is not in the table: its program needs a newer C library than this machine has.
"""


def main(folder, *rest):
    results = Results(folder)
    checked = list(bounds(results))
    missed = [bound for bound in checked if not bound.holds()]
    for bound in checked:
        sign = "ok    " if bound.holds() else "MISSED"
        print(f"{sign} {number(bound.value):>7} of {bound.limit:>4} {bound.unit:<3}  {bound.what}")
    if "--quick" not in rest:
        pathlib.Path(rest[-1]).parent.mkdir(exist_ok=True)
        pathlib.Path(rest[-1]).write_text(document(results, checked), encoding="utf-8")
    for bound in missed:
        print(f"bench: missed: {bound.what}: {number(bound.value)} {bound.unit}, bound {bound.limit}", file=sys.stderr)
    return 1 if missed else 0


sys.exit(main(*sys.argv[1:]))
