"""Puts the populations of a graph into an order in which they can be run one after the other, with cycles kept together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spinn2sim.graph import Graph


def components(graph: Graph) -> list[tuple[int, ...]]:
    """Return the strongly connected components of the populations but the inputs. Projections between two of them go forward.

    The populations of a component are sorted. This is the algorithm of Tarjan 1972 (doi:10.1137/0201010) without recursion.
    """
    into: list[list[int]] = [[] for _ in graph.populations]
    for projection in graph.projections:
        into[projection.post].append(projection.pre)
    search = _Components(into)
    for population in range(len(into)):
        search.run(population)
    inputs = set(graph.inputs)
    return [found for found in search.found if not inputs.intersection(found)]


class _Components:
    """Depth-first search from each population to its sources, so that a component is found after all components that act on it."""

    def __init__(self, into: Sequence[Sequence[int]]) -> None:
        self._into = into
        self._number: dict[int, int] = {}
        self._lowest: dict[int, int] = {}
        self._open: list[int] = []
        self.found: list[tuple[int, ...]] = []

    def run(self, start: int) -> None:
        """Find the components of everything that acts on `start` and was not found before."""
        if start in self._number:
            return
        path = [(start, self._enter(start))]
        while path:
            here, sources = path[-1]
            for source in sources:
                if source not in self._number:
                    path.append((source, self._enter(source)))
                    break
                if source in self._lowest:
                    self._lowest[here] = min(self._lowest[here], self._lowest[source])
            else:
                path.pop()
                self._leave(here)
                if path and here in self._lowest:
                    before = path[-1][0]
                    self._lowest[before] = min(self._lowest[before], self._lowest[here])

    def _enter(self, population: int) -> Iterator[int]:
        self._number[population] = self._lowest[population] = len(self._number)
        self._open.append(population)
        return iter(self._into[population])

    def _leave(self, population: int) -> None:
        """Close the component of which `population` was entered first, if it is that."""
        if self._lowest[population] == self._number[population]:
            at = self._open.index(population)
            self.found.append(tuple(sorted(self._open[at:])))
            for closed in self._open[at:]:
                del self._lowest[closed]
            del self._open[at:]
