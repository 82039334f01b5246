"""Which experiments there are: the modules of `experiments`, each loaded when it is asked for; it runs none."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules

from spinn2sim.errors import DataError
from spinn2sim.experiments import published
from spinn2sim.experiments.runner.protocol import Experiment


def names() -> list[str]:
    """All names, in alphabetical order."""
    return sorted(module.name for module in iter_modules(published.__path__))


def find(name: str) -> Experiment:
    """The experiment of that name. Raises DataError that names the nearest one."""
    known = names()
    if name not in known:
        near = get_close_matches(name, known, 1, 0)
        raise DataError(f"reproduce: found {name!r}, allowed is one of {', '.join(known)}; nearest {near[0]}")
    found: Experiment = import_module(f"{published.__name__}.{name}").EXPERIMENT
    return found
