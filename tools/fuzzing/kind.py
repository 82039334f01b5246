"""A kind of input: valid examples, a way to change them, and what the program does with the file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

Mutate = Callable[[Random, bytes, Sequence[bytes]], bytes]


@dataclass(frozen=True)
class Look:
    """One thing that the program does with an input: as a function of the input's folder, and as a command line."""

    name: str
    read: Callable[[Path], object]
    # The arguments of the command; {} stands for the input's folder. Empty: no command reads this without training.
    command: tuple[str, ...] = ()
    # Whether the command takes no more than a second or two if it accepts the input; otherwise it is only run on what must be refused.
    is_short: bool = True


@dataclass(frozen=True)
class Kind:
    """One kind of input. `file` is the name of the changed file in the input's folder."""

    name: str
    file: str
    seeds: Sequence[bytes]
    mutate: Mutate
    looks: Sequence[Look]
    # How many inputs of a million are of this kind.
    share: int
    # A folder that is copied for the input, for a file that is read beside others.
    beside: Path | None = None
    # Called with the folder and the input's number after the changed file was written.
    finish: Callable[[Path, int], None] | None = None

    def lay_out(self, folder: Path) -> None:
        """Make the folder of the inputs anew."""
        shutil.rmtree(folder, ignore_errors=True)
        if self.beside is None:
            folder.mkdir(parents=True)
        else:
            shutil.copytree(self.beside, folder)

    def put(self, folder: Path, data: bytes, number: int) -> None:
        """Write an input into its folder."""
        (folder / self.file).write_bytes(data)
        if self.finish is not None:
            self.finish(folder, number)

    def arguments(self, look: Look, folder: Path) -> list[str]:
        """Return the command line of a look."""
        data = ""
        if "<input>" in look.command:
            data = (folder / self.file).read_bytes().replace(b"\0", b"").decode("utf-8", "surrogateescape")
        return [word.replace("{}", str(folder)).replace("<input>", data) for word in look.command]
