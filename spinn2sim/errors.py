"""What can be wrong with what a user gave: one base class, and one line for each message."""

from __future__ import annotations

from collections.abc import Sequence


class Spinn2simError(Exception):
    """Base of all refusals. `exit_status` is what the command line returns: 2 = wrong use or bad file."""

    exit_status = 2


class ScenarioError(Spinn2simError, ValueError):
    """A scenario key is unknown, has the wrong type, or is out of range."""


class DataError(Spinn2simError, ValueError):
    """A data, weight or reference-case file is missing, truncated, or not what it should be."""


class MappingError(Spinn2simError, ValueError):
    """The network does not fit the chip: what is needed, what there is, which key would change it."""


class OutputError(Spinn2simError, OSError):
    """The output folder cannot be used, or a file in it cannot be written."""


class ProcessError(Spinn2simError, RuntimeError):
    """What was asked for cannot be done in this process, such as training after a fork."""


class DataWarning(UserWarning):
    """A file is used, and something in it is not as its maker may think."""


def need_choice(what: str, found: object, allowed: Sequence[str]) -> None:
    """Raises ScenarioError where `found` is none of the names that are allowed for `what`."""
    if not isinstance(found, str) or found not in allowed:
        raise ScenarioError(f"{what}: found {found!r:.80}, allowed is {' or '.join(map(repr, allowed))}")


def need_count(what: str, found: object) -> None:
    """Raises ScenarioError where `found` is no whole number from 1 on."""
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise ScenarioError(f"{what}: found {found!r:.80}, allowed is a whole number from 1 on")


class UnknownFactError(Spinn2simError, ValueError):
    """A hardware number that no source publishes was asked for."""


class BalanceError(Spinn2simError, RuntimeError):
    """Counts of packets do not balance, which is a defect of the simulator."""

    exit_status = 1
