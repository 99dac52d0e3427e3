"""Checks every link of a built book: the file exists, and so does the fragment.

    docs/book/links.py DIRECTORY
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The links and the ids of a page."""

    def __init__(self, path: Path):
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name in ("id", "name") and value:
                self.ids.add(value)


def main(root: Path):
    pages = {path.resolve(): Page(path) for path in sorted(root.rglob("*.html"))}
    dead, count = [], 0
    for path, page in pages.items():
        # The links of the page for an unknown URL begin at the root of a web site.
        if path.name == "404.html":
            continue
        for link in page.links:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            count += 1
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            fragment = unquote(url.fragment)
            if not target.is_file() or fragment and target in pages and fragment not in pages[target].ids:
                dead.append(f"{path.relative_to(root.resolve())}: {link}")
    print(f"{len(pages)} pages, {count} links, {len(dead)} dead")
    if dead or not count:
        sys.exit("\n".join(dead))


main(Path(sys.argv[1]))
