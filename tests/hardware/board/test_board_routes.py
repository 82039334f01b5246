"""Routes over the links of a board."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broken_boards import boards
from spinn2sim.hardware.board.board_routes import multicast_tree, route
from spinn2sim.hardware.board.shape import Board, Chip, hexagon, triad


@settings(max_examples=60)
@given(st.data(), boards())
def test_trees_are_shortest_and_enter_each_chip_once(data: st.DataObject, board: Board) -> None:
    """Any dead chips and links: a multicast packet reaches each target by a shortest way, and no chip twice."""
    source = data.draw(st.sampled_from(board.chips))
    targets = data.draw(st.sets(st.sampled_from(board.chips)))
    graph = nx.DiGraph([(chip, other) for chip, _, other in board.links()])
    graph.add_nodes_from(board.chips)
    shortest = nx.single_source_shortest_path_length(graph, source)
    if not targets <= set(shortest):
        with pytest.raises(ValueError, match="no way over links that work leads from chip"):
            multicast_tree(board, source, targets)
        return
    tree = multicast_tree(board, source, targets)
    hops = _played(board, source, tree)
    assert set(hops) == set(tree)
    assert targets <= set(hops)
    assert all(shortest[chip] == hops[chip] for chip in hops)
    assert all(tree[chip] for chip in set(tree) - targets - {source})
    for target in targets:
        assert len(route(board, source, target)) == shortest[target]


def test_routes_go_straight_where_they_can() -> None:
    """A way turns once, as on SpiNNaker: first along the diagonal, then along one axis, over the seam of a torus if that is shorter."""
    assert route(hexagon(), (0, 0), (7, 7)) == (1,) * 7
    assert route(hexagon(), (0, 0), (2, 5)) in {(1, 1, 2, 2, 2), (2, 2, 2, 1, 1)}
    assert route(triad(), (0, 0), (11, 11)) == (4,)
    assert route(triad(), (3, 3), (3, 3)) == ()


def test_chip_that_is_not_there_is_named() -> None:
    """A way from or to a chip that the board has not is refused with the chip's place."""
    with pytest.raises(ValueError, match=r"the board has no chip \(7, 0\)"):
        route(hexagon(), (7, 0), (0, 0))
    with pytest.raises(ValueError, match=r"to chip \(7, 0\)"):
        route(hexagon(), (0, 0), (7, 0))


def _played(board: Board, source: Chip, tree: dict[Chip, tuple[int, ...]]) -> dict[Chip, int]:
    """Follow a packet through a tree; return the links passed to each chip, and fail if one is entered twice."""
    hops, waiting = {source: 0}, [source]
    for chip in waiting:
        for link in tree[chip]:
            other = board.neighbour(chip, link)
            assert other is not None
            assert other not in hops
            hops[other] = hops[chip] + 1
            waiting.append(other)
    return hops
