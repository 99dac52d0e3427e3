"""Writes the source of the book: the pages of the repository, and every file that a page links to.

    docs/book/stage.py DIRECTORY

mdBook builds only pages that SUMMARY.md lists, and the pages link to files outside docs/. So the source has the
directories of the repository. Its SUMMARY.md is docs/SUMMARY.md and a last part with the pages outside docs/.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
FIRST = "README.md"
SUMMARY = "docs/SUMMARY.md"
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^]]+\]: (\S+)$|\bsrc=\"([^\"]+)\"", re.MULTILINE)
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


def linked_files(page: str) -> list[str]:
    """Returns the files of the repository that a page links to."""
    content = FENCED.sub("", (ROOT / page).read_text())
    targets = (next(filter(None, groups)).partition("#")[0] for groups in LINK.findall(content))
    found = []
    for target in targets:
        if target and "://" not in target:
            path = (ROOT / page).parent.joinpath(target).resolve()
            found.append(path.relative_to(ROOT).as_posix())
    return found


def reachable(pages: list[str]) -> list[str]:
    """Returns these pages, and every file that links lead to."""
    found = list(pages)
    for file in found:
        if file.endswith(".md"):
            found.extend(link for link in dict.fromkeys(linked_files(file)) if link not in found)
    return found


def summary(files: list[str]) -> str:
    """Returns the table of contents."""
    docs = (ROOT / SUMMARY).read_text().removeprefix("# Summary\n")
    docs = re.sub(r"\]\(", "](docs/", docs)
    others = [file for file in files if file.endswith(".md") and not file.startswith("docs/") and file != FIRST]
    lines = [f"- [{TITLE.search((ROOT / file).read_text())[1]}]({file})" for file in sorted(others)]
    return f"# Summary\n\n[mcpgen]({FIRST})\n{docs}\n# The repository\n\n" + "\n".join(lines) + "\n"


def main(directory: Path):
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)
    tracked = set(tracked.stdout.splitlines())
    files = [file for file in reachable([FIRST, *linked_files(SUMMARY)]) if file != SUMMARY]
    unknown = [file for file in files if file not in tracked]
    if unknown:
        sys.exit(f"not a file of this repository: {', '.join(unknown)}")
    shutil.rmtree(directory, ignore_errors=True)
    for file in files:
        copy = directory / "src" / PurePosixPath(file)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, copy)
    (directory / "src/SUMMARY.md").write_text(summary(files))
    shutil.copyfile(ROOT / "docs/book/book.toml", directory / "book.toml")


main(Path(sys.argv[1]))
