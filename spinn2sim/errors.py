"""The errors for wrong input of a user: one base class, and messages of one line."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from typing import Any

# What Windows lacks: locks of fcntl, limits of resource, signals, folders that are forced to the disk.
ON_WINDOWS = "this system has no fcntl: spinn2sim runs on Linux and macOS, and on Windows inside WSL 2"
LONGEST, LONGEST_END = 600, 200  # characters of a message, and of its end if it is shortened
MOST_PROBLEMS = 20  # lines about one scenario
LONGEST_QUOTE, MOST_QUOTED_BITS, MOST_QUOTED_BYTES = 120, 128, 16


class Spinn2simError(Exception):
    """The base class of all errors for wrong input. `exit_status` is that of the command line: 2 for wrong use or a bad file.

    As a text, an error is short and holds no characters that a terminal acts on, whatever it quotes from a file.
    """

    exit_status = 2

    def __str__(self) -> str:
        return shortened(harmless(super().__str__()))


class ScenarioError(Spinn2simError, ValueError):
    """A scenario key is unknown, has the wrong type, or is out of range."""


class ScenarioKeysError(ScenarioError):
    """Several keys of a scenario are wrong, each in a line of its own."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        more = len(problems) - MOST_PROBLEMS
        self.problems = (*problems[:MOST_PROBLEMS], *((f"{more} more of this kind",) if more > 0 else ()))

    def __str__(self) -> str:
        return "\n".join(shortened(harmless(problem)) for problem in self.problems)


def refuse_problems(problems: Sequence[str]) -> None:
    """Raise ScenarioError with the problems, a line each, if there are any."""
    if len(problems) == 1:
        raise ScenarioError(problems[0])
    if problems:
        raise ScenarioKeysError(problems)


class DataError(Spinn2simError, ValueError):
    """A data, weight or reference-case file is missing, truncated, or not what it should be."""


class MappingError(Spinn2simError, ValueError):
    """The network does not fit the chip. The message says what is needed, what there is, and which key would change it."""


class ScriptError(Spinn2simError, ValueError):
    """A network that a script describes is not one that the chip can run."""


class NotModelledError(Spinn2simError, RuntimeError):
    """A script asks for a neuron model, a recording or a result that there is not."""


class ScriptNotice(UserWarning):
    """A script's network runs in another way than its author may expect."""


class OutputError(Spinn2simError, OSError):
    """The output folder cannot be used, or a file in it cannot be written."""


class ProcessError(Spinn2simError, RuntimeError):
    """This process cannot do what was asked for, such as training after a fork."""


class MappingWarning(UserWarning):
    """A network is mapped in another way than was asked for, because of dead parts of the chip."""


class DataWarning(UserWarning):
    """A file is used although something in it may not be as its author expects."""


class DataNote(DataWarning):
    """What was done with a file so that it can be used, for instance how its labels became classes."""


def harmless(text: str) -> str:
    """Return a text with escapes such as \\x1b for characters that a terminal may act on or cannot show."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shortened(text: str) -> str:
    """Return the beginning and the end of a message that quotes too much."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - LONGEST_END - 5]} ... {text[-LONGEST_END:]}"


class _Quoting(reprlib.Repr):
    """Quotes values of any size without making the whole text first."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxother = 3, LONGEST_QUOTE, LONGEST_QUOTE
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = self.maxarray = 6

    def repr_int(self, x: int, level: int) -> str:
        """Quote an integer, of which Python prints at most 4,300 digits."""
        return str(x) if x.bit_length() <= MOST_QUOTED_BITS else f"an integer of {x.bit_length()} bits"

    def repr_ndarray(self, x: Any, level: int) -> str:
        """Quote an array of numpy: its values if they are few."""
        return self.repr1(x.tolist(), level) if x.size <= self.maxlist else f"{x.dtype} of shape {x.shape}"

    def repr_bytes(self, x: bytes, level: int) -> str:
        """Quote bytes."""
        return repr(x) if len(x) <= MOST_QUOTED_BYTES else f"{x[:MOST_QUOTED_BYTES]!r}... ({len(x)} bytes)"


_quoting = _Quoting()


def quoted(value: object) -> str:
    """Quote any value in a message: as Python writes it, shortened, on one line."""
    try:
        text = _quoting.repr(value)
    except Exception:  # a value of a user's own type, whose text cannot be made
        text = f"a {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 3]}..."


# Variables by which the launchers of Open MPI, MPICH and Slurm say how many processes there are.
MPI_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS")


def how_to_install(extra: str) -> str:
    """Return the command that installs what an extra of this package brings, in a checkout and outside of it."""
    return f'pip install "spinn2sim[{extra}]"'


def need_choice(what: str, found: object, allowed: Sequence[str]) -> None:
    """Raise ScenarioError if `found` is not one of the names that are allowed for `what`."""
    if not isinstance(found, str) or found not in allowed:
        raise ScenarioError(f"{what}: found {quoted(found)}, allowed is {' or '.join(map(repr, allowed))}")


def need_count(what: str, found: object) -> None:
    """Raise ScenarioError if `found` is not a whole number of 1 or more."""
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise ScenarioError(f"{what}: found {quoted(found)}, allowed is a whole number from 1 on")


class UnknownFactError(Spinn2simError, ValueError):
    """The value of a hardware fact was used, but no source publishes it."""


class BalanceError(Spinn2simError, RuntimeError):
    """Counts of packets do not balance, which is a defect of the simulator."""

    exit_status = 1
