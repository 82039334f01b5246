"""What the populations of a script's network take of PEs, by what, and what keeps each from fitting onto fewer."""

from __future__ import annotations

from typing import Any, NamedTuple

from firmware_models.programs.script_memory import DATA_BYTES, script_regions
from spinn2sim.mapping.script_slices import Slicing, most_neurons


class PopulationMap(NamedTuple):
    """A population on its PEs. Bytes are those of the PE that is fullest."""

    name: str
    model: str
    neurons: int
    pes: int
    # Neurons of the largest slice.
    most: int
    regions: dict[str, int]
    # Why the population is not on fewer PEs.
    binds: str

    @property
    def used(self) -> int:
        """The bytes of the PE that is fullest."""
        return sum(self.regions.values())


def map_populations(slicing: Slicing, ticks: int) -> list[PopulationMap]:
    """Describe where the populations of a network are, for a run of some ticks."""
    found = []
    for number, (cuts, counts) in enumerate(zip(slicing.cuts, slicing.counts, strict=True)):
        population: Any = slicing.graph.populations[number]
        regions = max((script_regions(population, held, ticks) for held in counts), key=lambda one: sum(one.values()))
        most = max(held.neurons for held in counts)
        found.append(
            PopulationMap(
                population.name, population.model, population.size, len(cuts), most, regions,
                _binds(population, len(cuts), regions),
            )
        )  # fmt: skip
    return found


def _binds(population: Any, pes: int, regions: dict[str, int]) -> str:
    """Say why a population is not on fewer PEs."""
    if pes == 1:
        return "nothing: it fits on one PE"
    if population.neurons_per_pe:
        return f"the script: {population.neurons_per_pe} neurons on a PE"
    limit = most_neurons(population)
    if pes == -(-population.size // limit):
        return f"neurons: {limit} on a PE"
    return f"SRAM: most of it {max(regions, key=regions.__getitem__)}"


def map_data(populations: list[PopulationMap]) -> list[dict[str, Any]]:
    """Return plain data of what `map_populations` found."""
    return [{**one._asdict(), "sram_used": one.used, "sram_total": DATA_BYTES} for one in populations]
