"""The documentation's pages and their links: every link leads to a file and a heading that are there, and the site has every page."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from docs_site import API, DESCRIBED, LINK, PROJECT, api_page, pages_of_site, site_link, source_of, with_links_of_site
from places import ROOT

PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / name for name in PROJECT)])


def prose(page: Path) -> Iterator[str]:
    """The lines of a page that are not code."""
    fenced = False
    for line in page.read_text().splitlines():
        fenced ^= line.startswith("```")
        if not fenced and not line.startswith("    "):
            yield line


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and the site name them."""
    seen, found = Counter[str](), set()
    for line in prose(page):
        if re.match(r"#{1,6} ", line):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line.lstrip("#").strip()).lower()
            slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            found.add(slug if not seen[slug] else f"{slug}-{seen[slug]}")
            seen[slug] += 1
    return found


def links(page: Path) -> list[str]:
    """The targets of a page's links that stay in the project."""
    found = [target for line in prose(page) for _, _, target in LINK.findall(re.sub(r"`[^`]*`", "", line))]
    return [target for target in found if not re.match(r"[a-z]+:", target)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_holds(page: Path) -> None:
    """The file of each link is there, and so is the heading."""
    for target in links(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or anchor in headings(file), target


def test_the_site_names_every_page() -> None:
    """Each page of docs stands in the navigation once, with the project's own pages and the Python reference, and nothing else does."""
    pages = [str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")]
    assert sorted(pages_of_site()) == sorted([*pages, API, *(f"project/{name}" for name in PROJECT)])


def test_links_hold_on_the_site() -> None:
    """A link of any page leads to a page of the site, or is no link there."""
    for page in pages_of_site():
        if page == API:
            continue
        for target in links(ROOT / source_of(page)):
            link = site_link(page, target)
            path = (link or "").partition("#")[0]
            place = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
            assert not path or place.startswith("project/") or (ROOT / "docs" / place).exists(), (page, target)
    assert (
        with_links_of_site("reference/firmware.md", "[a](../../firmware_models/c) [b](networks.md#rest)")
        == "a [b](networks.md#rest)"
    )
    assert site_link("project/README.md", "docs/how-to/sweep.md") == "../how-to/sweep.md"
    assert site_link("README.md", "../CONTRIBUTING.md#tests") == "project/CONTRIBUTING.md#tests"


def test_the_reference_describes_what_there_is() -> None:
    """Every module of the Python reference can be imported, and has a docstring."""
    for name in (name for names in DESCRIBED.values() for name in names):
        assert import_module(name).__doc__
        assert f"::: {name}" in api_page()
