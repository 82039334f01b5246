"""Trees along which chips sum."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings

from broken_boards import boards
from spinn2sim.hardware.board.shape import Board, hexagon, opposite, rectangle, triad
from spinn2sim.hardware.board.sum_tree import sum_tree


@pytest.mark.parametrize(
    ("board", "deepest"),
    [
        (rectangle(1, 1), 0),
        (rectangle(2, 1), 1),
        (rectangle(8, 8), 7),
        (hexagon(), 5),
        (hexagon(wrap=True), 5),
        (triad(), 8),
    ],
)
def test_whole_boards_have_flat_binary_trees(board: Board, deepest: int) -> None:
    """Nothing dead: no chip has a third child, and the tree is as flat as distances and a binary tree allow."""
    tree = sum_tree(board)
    assert tree.deepest == deepest
    assert max(map(len, tree.children.values())) <= 2


@settings(max_examples=60)
@given(boards())
def test_tree_reaches_every_chip_once_over_links_that_work(board: Board) -> None:
    """Any dead chips and links: each chip but the root has one parent over a link, a depth one greater, and is among its children."""
    if not nx.is_connected(_graph(board)):
        with pytest.raises(ValueError, match=r"chips are not joined to chip \(\d+, \d+\)"):
            sum_tree(board)
        return
    tree = sum_tree(board)
    assert set(tree.parent) | {tree.root} == set(tree.depth) == set(tree.children) == set(board.chips)
    assert tree.root not in tree.parent
    assert tree.depth[tree.root] == 0
    assert tree.deepest == max(tree.depth.values())
    for chip, link in tree.parent.items():
        above = board.neighbour(chip, link)
        assert above is not None
        assert tree.depth[chip] == tree.depth[above] + 1
        assert opposite(link) in tree.children[above]
        assert board.neighbour(above, opposite(link)) == chip
    assert sum(map(len, tree.children.values())) == len(board.chips) - 1


def test_third_child_only_where_links_lead_nowhere_else() -> None:
    """A star has no binary tree: its middle has one parent and two children, and takes a third child for each ray beyond three."""
    board = rectangle(3, 3)
    rays = {((1, 1), link) for link in range(6)} | {
        (board.neighbour((1, 1), link), opposite(link)) for link in range(6)
    }
    ends = {(chip, link) for chip, link, _ in board.links()}
    star = Board(
        3,
        3,
        wrap=False,
        chips=tuple(c for c in board.chips if c not in ((0, 2), (2, 0))),
        dead_links=frozenset(ends - rays),
    )
    tree = sum_tree(star)
    assert tree.root != (1, 1)
    assert len(tree.children[1, 1]) == 5


def _graph(board: Board) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(board.chips)
    graph.add_edges_from((chip, other) for chip, _, other in board.links())
    return graph
