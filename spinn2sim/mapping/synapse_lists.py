"""Counts the synapses of projections that PEs hold as rows of (target, delay, weight), and the places of a matrix that this saves."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from spinn2sim.graph import Graph
from spinn2sim.hardware.program import Listed
from spinn2sim.mapping.cuts import Cut


def can_list(graph: Graph, projection: int) -> bool:
    """Whether some synapses of a projection do not exist, so that rows may be smaller than a matrix."""
    exists = graph.projections[projection].exists
    return exists is not None and not exists.all()


def synapses_of(graph: Graph, projection: int, targets: Cut, sources: slice = slice(None)) -> int:
    """Return how many synapses of a projection lead from `sources` to the neurons of a share."""
    exists = graph.projections[projection].exists
    if exists is None:
        return targets.size * len(range(*sources.indices(graph.shape(projection)[1])))
    return int(np.count_nonzero(exists[targets.first : targets.last, sources]))


def listed_on_share(graph: Graph, population: int, share: Cut, listed: Collection[int]) -> Listed:
    """Count what the PE of a share holds of the projections `listed`, which it keeps as rows."""
    rows = synapses = absent = errors = delayed = learning = 0
    learns = any(_learns_each(graph, q) for q in graph.incoming(population))
    for q in listed:
        sources, held = graph.shape(q)[1], synapses_of(graph, q, share)
        saved = sources * share.size - held
        rows, synapses, absent = rows + sources, synapses + held, absent + saved
        if graph.populations[graph.projections[q].pre].kind != "input":
            errors += saved
        if graph.projections[q].delay_max > 0:
            delayed += saved
            learning += saved if learns else 0
    return Listed(rows, synapses, absent, errors, delayed, learning)


def _learns_each(graph: Graph, projection: int) -> bool:
    one = graph.projections[projection]
    return one.delay_max > 0 and one.learns_delays and one.learn != "axonal"


def listed_rows(graph: Graph, projection: int, share: Cut, rows: Cut) -> Listed:
    """Count what an optimizer PE holds of source neurons [first, last) of a projection that is kept as rows."""
    held = synapses_of(graph, projection, share, slice(rows.first, rows.last))
    return Listed(rows.size, held, rows.size * share.size - held)


def most_synapses(graph: Graph, projection: int, share: Cut, cuts: Sequence[Cut]) -> Listed:
    """Count what the optimizer PE with the most synapses holds, and the rows of the largest, if the source neurons are cut so."""
    held = [synapses_of(graph, projection, share, slice(cut.first, cut.last)) for cut in cuts]
    rows = max(cut.size for cut in cuts)
    return Listed(rows, max(held), rows * share.size - max(held))
