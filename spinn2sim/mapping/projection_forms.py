"""Tells of each projection in which form PEs hold it, and what it takes of their SRAM."""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.hardware.plan import ProjectionForm
from spinn2sim.hardware.program import Listed
from spinn2sim.mapping.cuts import Cut
from spinn2sim.mapping.partition import Partition
from spinn2sim.mapping.problem import Problem
from spinn2sim.mapping.synapse_lists import listed_on_share, synapses_of


def projection_forms(problem: Problem, cut: Partition) -> tuple[ProjectionForm, ...]:
    """Describe each projection, in the order of the graph."""
    graph, forms = problem.graph, []
    for q, projection in enumerate(graph.projections):
        shares, as_rows = cut.shares[projection.post], q in cut.listed
        forms.append(
            ProjectionForm(
                pre=graph.populations[projection.pre].name,
                post=graph.populations[projection.post].name,
                as_rows=as_rows,
                synapses=synapses_of(graph, q, Cut(0, graph.sizes[projection.post])),
                sram_bytes=max(_bytes(problem, q, share, as_rows) for share in shares),
            )
        )
    return tuple(forms)


def _bytes(problem: Problem, projection: int, share: Cut, as_rows: bool) -> int:
    """Return what a projection takes on the PE of a share: the difference to a PE that holds none of its synapses."""
    population = problem.graph.projections[projection].post
    held = problem.unit(population, share, (projection,) if as_rows else ())
    full = listed_on_share(problem.graph, population, share, (projection,))
    # All places are saved: those of synapses that do not exist, and as many as there are synapses.
    places = full.synapses + full.absent
    nothing = Listed(
        absent=places,
        absent_errors=places,
        absent_delayed=places if problem.graph.projections[projection].delay_max else 0,
        absent_learning=places if _has_delay_gradients(problem, population, projection) else 0,
    )
    return problem.total_bytes(held) - problem.total_bytes(replace(held, listed=nothing))


def _has_delay_gradients(problem: Problem, population: int, projection: int) -> bool:
    """Whether PEs of a population have a word for the delay gradient of each synapse of a projection."""
    delayed = problem.graph.projections[projection].delay_max > 0
    return delayed and problem.unit(population, Cut(0, 1)).learning_sources > 0
