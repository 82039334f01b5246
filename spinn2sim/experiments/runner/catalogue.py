"""The catalogue of experiments: the modules of the package `published`, each loaded on demand."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules

from spinn2sim.errors import DataError, quoted
from spinn2sim.experiments.runner.protocol import Experiment

# Named rather than imported, since the modules of `published` import this package.
PUBLISHED = "spinn2sim.experiments.published"


def experiment_names() -> list[str]:
    """List the names of all experiments, in alphabetical order."""
    return sorted(module.name for module in iter_modules(import_module(PUBLISHED).__path__))


def find_experiment(name: str) -> Experiment:
    """Load the experiment of that name. Raises DataError, which suggests the nearest name."""
    names = experiment_names()
    if name not in names:
        nearest = get_close_matches(name, names, 1, 0)[0]
        raise DataError(f"reproduce: found {quoted(name)}, allowed is one of {', '.join(names)}; nearest {nearest}")
    experiment: Experiment = import_module(f"{PUBLISHED}.{name}").EXPERIMENT
    return experiment
