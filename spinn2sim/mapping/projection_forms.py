"""Tells of each projection in which form PEs hold it, and what it takes of their SRAM."""

from __future__ import annotations

from spinn2sim.hardware.plan import ProjectionForm
from spinn2sim.mapping.cuts import Cut
from spinn2sim.mapping.partition import Partition
from spinn2sim.mapping.problem import Problem
from spinn2sim.mapping.synapse_lists import synapses_of


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
                sram_bytes=problem.projection_bytes(q, shares, as_rows),
            )
        )
    return tuple(forms)
