"""Files that a user names: a device or a pipe is written into and never replaced, and everything else is written whole or not at all."""

from __future__ import annotations

import io
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from spinn2sim.errors import OutputError
from spinn2sim.files.atomic import npz_writer
from spinn2sim.files.named_output import is_stdout, write_named, write_named_text


@pytest.mark.parametrize(
    ("path", "is_it"),
    [("-", True), ("/dev/stdout", True), ("/dev/fd/1", True), ("/proc/self/fd/1", True), ("/dev/../dev/stdout", True),
     ("/dev/stderr", False), ("/dev/fd/11", False), ("/dev/null", False), ("stdout", False), ("./-", False)],
)  # fmt: skip
def test_names_of_stdout(path: str, is_it: bool) -> None:
    """All names of standard output are known as such."""
    assert is_stdout(path) == is_it


def test_a_device_stays_a_device() -> None:
    """What is written to /dev/null is gone, and /dev/null is not a file afterwards."""
    write_named_text(Path("/dev/null"), "x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_an_npz_goes_into_a_stream_without_a_position() -> None:
    """A zip can be written to /dev/null, which is always at position 0, and into a pipe."""
    arrays = {"a": np.arange(3), "b": np.zeros((2, 2))}
    write_named(Path("/dev/null"), npz_writer(arrays))
    reader, writer = os.pipe()
    write_named(Path(f"/dev/fd/{writer}"), npz_writer(arrays))
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        found = np.load(io.BytesIO(file.read()))
    assert all((found[name] == arrays[name]).all() for name in arrays)


def test_a_link_to_a_device_is_followed(tmp_path: Path) -> None:
    """A user's own link to /dev/null stays a link."""
    (tmp_path / "out").symlink_to("/dev/null")
    write_named_text(tmp_path / "out", "x")
    assert (tmp_path / "out").is_symlink()


def test_a_pipe_gets_the_bytes(tmp_path: Path) -> None:
    """A FIFO with a reader, and an open descriptor as a shell's >(command) gives it, get everything."""
    os.mkfifo(tmp_path / "fifo")
    got: list[str] = []
    for _ in range(2):
        reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(reader, True)
        text = "y" * 200_000  # more than a pipe holds
        thread = threading.Thread(target=lambda handle=reader: got.append(os.fdopen(handle).read()))
        kept = os.open(tmp_path / "fifo", os.O_WRONLY)  # a reader without a writer is at the end
        thread.start()
        write_named_text(tmp_path / "fifo", text)
        os.close(kept)
        thread.join()
        assert got.pop() == text
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)
    reader, writer = os.pipe()
    write_named_text(Path(f"/dev/fd/{writer}"), "z")
    os.close(writer)
    assert os.fdopen(reader).read() == "z"


def test_what_cannot_be_an_output_is_refused(tmp_path: Path) -> None:
    """A FIFO without a reader, a socket, a folder, standard output, a full device and a closed descriptor: one line each."""
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
        for path in (
            "fifo",
            "socket",
            ".",
            "/dev/stdout",
            "/dev/fd/1",
            "/dev/full",
            "/dev/fd/987654",
            "no/folder",
            "/proc/self/x",
        ):
            with pytest.raises(OutputError) as refusal:
                write_named_text(tmp_path / path, "x" * 100)
            assert "\n" not in str(refusal.value)
            assert "cannot be written" in str(refusal.value)


def test_a_terminal_is_refused() -> None:
    """A terminal would act on what it gets."""
    ends = os.openpty()
    with pytest.raises(OutputError, match="terminal"):
        write_named_text(Path(os.ttyname(ends[1])), "\x1b[2J")
    for end in ends:
        os.close(end)


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """A link to a file is replaced, so that nothing is written where the user did not look."""
    (tmp_path / "victim").write_text("old")
    (tmp_path / "out").symlink_to(tmp_path / "victim")
    write_named_text(tmp_path / "out", "new")
    assert (tmp_path / "victim").read_text() == "old"
    assert (tmp_path / "out").read_text() == "new"


def test_csv_goes_to_stdout(tmp_path: Path) -> None:
    """`--csv /dev/stdout` gives the CSV and nothing else, and /dev/stdout is as before."""
    words = ["traffic", "uniform", "--loads", "0.5", "--seeds", "1", "--window-us", "2", "--engine", "discrete_event"]
    link = Path("/dev/stdout").readlink()
    command = [sys.executable, "-c", "from spinn2sim.cli.main import main; main()", *words, "--csv", "/dev/stdout"]
    with (tmp_path / "out.csv").open("w") as out:
        subprocess.run(command, stdout=out, check=True)
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0].startswith("load,offered")
    assert len(lines) == 2
    assert Path("/dev/stdout").readlink() == link
