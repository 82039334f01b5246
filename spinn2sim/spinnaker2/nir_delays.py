"""Delay nodes of NIR graphs as delays of synapses, in ticks."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.spinnaker2.nir_nodes import WEIGHTS, FlatGraph, HardwareConstraintError

DELAY = "Delay"
MOST_DELAY = 7
Ticks = NDArray[np.int64]


class Waits(NamedTuple):
    """How many ticks spikes wait: `least` on each way, and more on edges where there was a Delay node, one number or one per neuron."""

    least: int
    on_edge: dict[tuple[str, str], Ticks]

    def on(self, source: str, target: str) -> Ticks:
        """Return the ticks that a Delay node put on an edge, [1] or [n]."""
        return self.on_edge.get((source, target), np.zeros(1, np.int64))

    def before(self, flat: FlatGraph, name: str) -> bool:
        """Whether spikes wait on any way over weights, or over none, into a node of neurons."""
        ways = [(before, name) for before in flat.before(name)]
        ways += [
            (source, before) for before, _ in ways if flat.kind(before) in WEIGHTS for source in flat.before(before)
        ]
        return any(self.on(*way).any() for way in ways)

    def of(self, way: list[str], shape: tuple[int, int]) -> Ticks:
        """Return the delays [pre, post] of synapses on a way from one population over nodes to another. Raises HardwareConstraintError."""
        total = np.full(shape, self.least, np.int64)
        for place, (source, target) in enumerate(itertools.pairwise(way)):
            ticks = self.on(source, target)
            first, last = place == 0, place == len(way) - 2
            if len(ticks) == 1 or (ticks == ticks[0]).all():
                total += ticks[0]
            elif first and len(ticks) == shape[0]:
                total += ticks[:, None]
            elif last and len(ticks) == shape[1]:
                total += ticks
            else:
                raise HardwareConstraintError(
                    f"node {target}: found {len(ticks)} delays before it, allowed is one for each of {shape[0]} sources"
                )
        return total


def checked_delays(ticks: Ticks, name: str) -> Ticks:
    """Return the delays of the synapses into a node. Raises HardwareConstraintError for one that is too long."""
    if ticks.max(initial=0) > MOST_DELAY:
        raise HardwareConstraintError(
            f"node {name}: found a delay of {ticks.max()} ticks before it, allowed are 0 to {MOST_DELAY}; "
            "longer ticks (dt) make it fewer"
        )
    return ticks


def without_delays(flat: FlatGraph, dt: float, least: int) -> tuple[FlatGraph, Waits]:
    """Replace Delay nodes by edges with delays. Raises HardwareConstraintError for two ways of which none has weights of its own."""
    nodes = {name: node for name, node in flat.nodes.items() if flat.kind(name) != DELAY}
    edges: list[tuple[str, str]] = []
    found: dict[tuple[str, str], Ticks] = {}
    for name in nodes:
        for target, ticks in _behind(flat, name, dt):
            if (name, target) in edges:
                raise HardwareConstraintError(
                    f"node {target}: found two ways from {name} to it, allowed are weights of their own on each"
                )
            edges.append((name, target))
            if ticks.any():
                found[name, target] = ticks
    order = {edge: k for k, edge in enumerate(flat.edges)}
    edges.sort(key=lambda edge: order.get(edge, len(order)))
    return FlatGraph(nodes, edges), Waits(least, found)


def _behind(flat: FlatGraph, name: str, dt: float) -> list[tuple[str, Ticks]]:
    """Return what the edges of a node lead to over Delay nodes, with the sums of their delays."""
    found: list[tuple[str, Ticks]] = []
    waiting: list[tuple[str, Ticks, tuple[str, ...]]] = [(name, np.zeros(1, np.int64), ())]
    while waiting:
        at, ticks, seen = waiting.pop(0)
        for target in flat.behind(at):
            if flat.kind(target) != DELAY:
                found.append((target, ticks))
                continue
            own = _ticks(flat.nodes[target], target, dt)
            if target in seen or (len(own) != len(ticks) and 1 not in (len(own), len(ticks))):
                what = "a cycle of delays" if target in seen else f"{len(own)} delays behind {len(ticks)}"
                raise HardwareConstraintError(f"node {target}: found {what}, allowed is one delay for each neuron")
            waiting.append((target, ticks + own, (*seen, target)))
    return found


def _ticks(node: Any, name: str, dt: float) -> Ticks:
    ticks = np.rint(np.ravel(np.asarray(node.delay, np.float64)) / dt)
    if not len(ticks) or not np.isfinite(ticks).all() or (ticks < 0).any() or (ticks > 1 << 20).any():
        raise HardwareConstraintError(
            f"node {name}: delay: found {ticks.tolist()[:4]} ticks, allowed are 0 to {MOST_DELAY}"
        )
    return ticks.astype(np.int64)
