"""Whatever a path leads to, a reader gets a regular file at once, or one line."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from spinn2sim.errors import DataError
from spinn2sim.files.input_file import open_input, read_input


def test_files_and_links_to_files_are_read(tmp_path: Path) -> None:
    """A link to a regular file is as good as the file."""
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")

    assert read_input(tmp_path / "file") == read_input(tmp_path / "link") == b"content"


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("kind", ["FIFO", "socket", "device", "folder"])
def test_what_is_no_file_is_refused_at_once(kind: str, link: bool, tmp_path: Path) -> None:
    """A FIFO without a writer, a socket, a device without an end and a folder are named, also behind a link."""
    path = tmp_path / "it"
    if kind == "FIFO":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.path.relpath(path))
    elif kind == "folder":
        path.mkdir()
    else:
        path = Path("/dev/zero")
    if link:
        (tmp_path / "link").symlink_to(path)
        path = tmp_path / "link"

    with pytest.raises(DataError, match=f"it is a {kind}, allowed is a map"):
        open_input(path, "a map")


def test_the_size_is_checked_before_anything_is_read(tmp_path: Path) -> None:
    """A file of a terabyte without content is refused by its size."""
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)

    with pytest.raises(DataError, match=r"found 1,099,511,627,776 bytes, allowed are 100"):
        read_input(tmp_path / "huge", most_bytes=100)


@pytest.mark.parametrize("name", ["none", "a" * 300, "a\0b", "file/below", "loop"])
def test_names_that_lead_nowhere(name: str, tmp_path: Path) -> None:
    """A missing file, names that no system takes, and a link to itself: each is one line."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(DataError) as refused:
        open_input(f"{tmp_path}/{name}")
    assert "\n" not in str(refused.value)
