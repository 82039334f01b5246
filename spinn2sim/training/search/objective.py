"""The objectives that a sweep can have: their names, their directions, and those that need no training."""

from __future__ import annotations

from typing import Literal

from spinn2sim.scenario.fixed_point_limits import bits
from spinn2sim.scenario.graph_checks import output_of
from spinn2sim.scenario.keys import Scenario

Objective = Literal[
    "validation_accuracy", "validation_accuracy_strict", "hidden_spikes", "hidden_neurons", "ticks", "word_length"
]
LARGER_IS_BETTER = ("validation_accuracy", "validation_accuracy_strict")
LABELS = {
    "validation_accuracy": "validation accuracy",
    "validation_accuracy_strict": "strict validation accuracy",
    "hidden_spikes": "hidden spikes per sample",
    "hidden_neurons": "hidden neurons",
    "ticks": "ticks / steps",
    "word_length": "weight / bits",
}


def direction(name: str) -> Literal["maximize", "minimize"]:
    """Return "maximize" or "minimize", as Optuna calls the direction in which an objective is better."""
    return "maximize" if name in LARGER_IS_BETTER else "minimize"


def costs(scenario: Scenario) -> dict[str, float]:
    """Return the objectives that need no training: neurons, steps of the time grid, bits of a weight."""
    return {
        "hidden_neurons": float(sum(_hidden_sizes(scenario))),
        "ticks": float(scenario.network.steps),
        "word_length": 1.0 + sum(bits(scenario.numerics.weight, "numerics.weight")),
    }


def hidden_populations(scenario: Scenario) -> list[int]:
    """Return the positions of the populations that are neither input nor output."""
    if not scenario.is_graph:
        return list(range(1, len(scenario.network.hidden or ()) + 1))
    output = output_of(scenario)
    return [k for k, p in enumerate(scenario.population or ()) if p.kind != "input" and k != output]


def _hidden_sizes(scenario: Scenario) -> tuple[int, ...]:
    if not scenario.is_graph:
        return scenario.network.hidden or ()
    return tuple((scenario.population or ())[k].size for k in hidden_populations(scenario))
