"""Networks as scripts describe them."""

from __future__ import annotations

from typing import Any

from spinn2sim.errors import ScriptError, quoted
from spinn2sim.notebook import html_grid
from spinn2sim.spinnaker2.conv2d_projection import Conv2DProjection
from spinn2sim.spinnaker2.describe import Description, describe
from spinn2sim.spinnaker2.recording_figure import figure_of
from spinn2sim.spinnaker2.script_names import as_text
from spinn2sim.spinnaker2.script_population import Population
from spinn2sim.spinnaker2.script_projection import Projection
from spinn2sim.spinnaker2.told_facts import name_text

__all__ = ["Conv2DProjection", "Network", "Population", "Projection", "describe_network"]


MOST_NAMED = 12
POPULATION_HEADS = ("neurons", "model", "parameters", "record", "recorded")
PROJECTION_HEADS = ("from, to", "synapses", "weights", "delays")


class Network:
    """Populations and projections that run together."""

    def __init__(self, name: str | None = None) -> None:
        self.name = "network" if name is None else as_text(name)
        self.populations: list[Population] = []
        self.projections: list[Projection | Conv2DProjection] = []

    def add(self, *things: Any) -> None:
        """Add populations and projections; adding one twice is no error. Raises ScriptError for anything else."""
        for thing in things:
            if not isinstance(thing, Population | Projection | Conv2DProjection):
                raise ScriptError(
                    f"network {self.name}: found {quoted(thing)}, allowed are populations and projections"
                )
            members: list[Any] = self.populations if isinstance(thing, Population) else self.projections
            if not any(thing is member for member in members):
                members.append(thing)

    def reset(self) -> None:
        """Forget what was recorded."""
        for population in self.populations:
            population.keep_recording(None)

    def validate(self) -> None:
        """Raise ScriptError if the network cannot be run."""
        describe(self, 1)

    def figure(self) -> Any:
        """Draw rasters and states of all populations that recorded some, as a matplotlib figure. Raises NotModelledError if none did."""
        return figure_of(self.populations)

    def __repr__(self) -> str:
        inside = ", ".join(name_text(p) for p in self.populations[:MOST_NAMED])
        more = f" and {len(self.populations) - MOST_NAMED} more" if len(self.populations) > MOST_NAMED else ""
        return (
            f"Network({quoted(self.name)}, populations: {inside or 'none'}{more}; {len(self.projections)} projections)"
        )

    def _repr_html_(self) -> str:
        tables: tuple[tuple[str, tuple[str, ...], list[Any]], ...] = (
            (f"Network {self.name}: populations", POPULATION_HEADS, [*self.populations]),
            ("Projections", PROJECTION_HEADS, [*self.projections]),
        )
        return "".join(
            html_grid(
                title, ("name", *heads), [(m.name, *(dict(m.facts).get(head, "") for head in heads)) for m in members]
            )
            for title, heads, members in tables
        )


def describe_network(network: Any, ticks: int, quantize: bool = True) -> Description:
    """Describe what a script gives to be run. Raises ScriptError for anything but a network, and what `describe` raises."""
    if not isinstance(network, Network):
        raise ScriptError(f"found {quoted(network)}, allowed is a Network")
    return describe(network, ticks, quantize)
