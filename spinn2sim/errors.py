"""The errors for wrong input of a user: one base class, and messages of one line."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST, LONGEST_END = 600, 200  # characters of a message, and of its end if it is shortened


class Spinn2simError(Exception):
    """The base class of all errors for wrong input. `exit_status` is that of the command line: 2 for wrong use or a bad file.

    As a text, an error is short and holds no characters that a terminal acts on, whatever it quotes from a file.
    """

    exit_status = 2

    def __str__(self) -> str:
        return shortened(harmless(super().__str__()))


class ScenarioError(Spinn2simError, ValueError):
    """A scenario key is unknown, has the wrong type, or is out of range."""


class DataError(Spinn2simError, ValueError):
    """A data, weight or reference-case file is missing, truncated, or not what it should be."""


class MappingError(Spinn2simError, ValueError):
    """The network does not fit the chip. The message says what is needed, what there is, and which key would change it."""


class OutputError(Spinn2simError, OSError):
    """The output folder cannot be used, or a file in it cannot be written."""


class ProcessError(Spinn2simError, RuntimeError):
    """This process cannot do what was asked for, such as training after a fork."""


class MappingWarning(UserWarning):
    """A network is mapped in another way than was asked for, because of dead parts of the chip."""


class DataWarning(UserWarning):
    """A file is used although something in it may not be as its author expects."""


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


def need_choice(what: str, found: object, allowed: Sequence[str]) -> None:
    """Raise ScenarioError if `found` is not one of the names that are allowed for `what`."""
    if not isinstance(found, str) or found not in allowed:
        raise ScenarioError(f"{what}: found {found!r:.80}, allowed is {' or '.join(map(repr, allowed))}")


def need_count(what: str, found: object) -> None:
    """Raise ScenarioError if `found` is not a whole number of 1 or more."""
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise ScenarioError(f"{what}: found {found!r:.80}, allowed is a whole number from 1 on")


class UnknownFactError(Spinn2simError, ValueError):
    """The value of a hardware fact was used, but no source publishes it."""


class BalanceError(Spinn2simError, RuntimeError):
    """Counts of packets do not balance, which is a defect of the simulator."""

    exit_status = 1
