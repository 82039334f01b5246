"""The catalogue of experiments: the modules of the package `published`, each loaded when it is asked for."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules

from spinn2sim.errors import DataError
from spinn2sim.experiments.runner.protocol import Experiment

# Named rather than imported, since its modules import this package.
PUBLISHED = "spinn2sim.experiments.published"


def experiment_names() -> list[str]:
    """The names of all experiments, in alphabetical order."""
    return sorted(module.name for module in iter_modules(import_module(PUBLISHED).__path__))


def find_experiment(name: str) -> Experiment:
    """The experiment of that name. Raises DataError that names the nearest one."""
    names = experiment_names()
    if name not in names:
        nearest = get_close_matches(name, names, 1, 0)[0]
        raise DataError(f"reproduce: found {name!r}, allowed is one of {', '.join(names)}; nearest {nearest}")
    experiment: Experiment = import_module(f"{PUBLISHED}.{name}").EXPERIMENT
    return experiment
