"""What the documentation's site has beside the folder docs: the project's own pages, the Python reference, and links that hold there.

Hooks of MkDocs (mkdocs.yml). A link out of docs/ leads to the site's copy of that page, or loses its arrow if the site has none.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
# The page of the Python reference, and what it describes: from the docstrings.
API = "reference/api.md"
DESCRIBED = {
    "The package": ("spinn2sim.api",),
    "Runs": ("spinn2sim.report.run",),
    "Refusals": ("spinn2sim.errors",),
    "Scenarios": ("spinn2sim.scenario.keys", "spinn2sim.scenario.network_keys"),
    "Networks": ("spinn2sim.graph",),
}
# The parts of the navigation in order, each a folder of docs/ whose pages stand in it by name.
FOLDERS = {"Start": "start", "How to": "how-to", "Reference": "reference", "Results": "results", "Background": "."}
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def api_page() -> str:
    """Return the page of the Python reference, whose texts mkdocstrings reads from the docstrings."""
    parts = [f"## {title}\n\n" + "\n\n".join(f"::: {name}" for name in names) for title, names in DESCRIBED.items()]
    return "# Python\n\nNames and their docstrings.\n\n" + "\n\n".join(parts) + "\n"


def source_of(page: str) -> str:
    """Return where a page of the site stands in the repository."""
    return page.removeprefix("project/") if page.startswith("project/") else f"docs/{page}"


def site_link(page: str, target: str) -> str | None:
    """Return a link of `page` as it must be on the site; None if what it leads to is not there."""
    path, _, anchor = target.partition("#")
    if not path or ":" in path:
        return target
    found = posixpath.normpath(posixpath.join(posixpath.dirname(source_of(page)), path))
    if found.startswith("docs/"):
        place = found.removeprefix("docs/")
    elif found in PROJECT:
        place = f"project/{found}"
    else:
        return None
    relative = posixpath.relpath(place, posixpath.dirname(page) or ".")
    return relative + (f"#{anchor}" if anchor else "")


def with_links_of_site(page: str, text: str) -> str:
    """Return a page's Markdown with its links as they must be on the site."""

    def changed(match: re.Match[str]) -> str:
        link = site_link(page, match[3])
        return match[2] if link is None else f"{match[1]}[{match[2]}]({link})"

    return LINK.sub(changed, text)


def navigation() -> list[Any]:
    """Return the site's navigation: the first page, the pages of each folder, and the project's own."""
    docs, parts = ROOT / "docs", list[Any](["README.md"])
    for title, folder in FOLDERS.items():
        pages = sorted(page.relative_to(docs).as_posix() for page in (docs / folder).glob("*.md"))
        parts.append({title: [page for page in pages if page != "README.md"] + [API] * (folder == "reference")})
    return [*parts, {"Project": [f"project/{name}" for name in PROJECT]}]


def pages_of_site() -> list[str]:
    """Return every page that the navigation names."""
    return [page for part in navigation() for page in ([part] if isinstance(part, str) else next(iter(part.values())))]


def on_config(config: Any) -> Any:
    """Set the navigation."""
    config.nav = navigation()
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the project's own pages and the Python reference."""
    from mkdocs.structure.files import File

    for name in PROJECT:
        files.append(File.generated(config, f"project/{name}", content=(ROOT / name).read_text()))
    files.append(File.generated(config, API, content=api_page()))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Change the links of a page."""
    return with_links_of_site(page.file.src_uri, markdown)
