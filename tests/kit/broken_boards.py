"""Boards for property tests: small rectangles, wrapped or not, of which some chips and links are dead, so that they may be in pieces."""

from __future__ import annotations

from hypothesis import strategies as st

from spinn2sim.hardware.board.shape import Board, Chip, hexagon, make_board, opposite, rectangle


@st.composite
def boards(draw: st.DrawFn, most: int = 7) -> Board:
    """A board of up to most x most chips, or the hexagon if that is no larger, with at least one chip; dead links are dead both ways."""
    wrap = draw(st.booleans())
    sizes = st.integers(1, most)
    rectangles = st.builds(rectangle, sizes, sizes, st.just(wrap))
    whole = draw(st.one_of(rectangles, st.just(hexagon(wrap))) if most > 6 else rectangles)
    dead = draw(st.sets(st.sampled_from(whole.chips), max_size=len(whole.chips) // 3))
    rest = make_board(whole.width, whole.height, wrap, set(whole.chips) - dead or whole.chips[:1])
    links = [(chip, link) for chip, link, _ in rest.links()]
    cut = draw(st.sets(st.sampled_from(links), max_size=len(links) // 3)) if links else set()
    return Board(rest.width, rest.height, wrap, rest.chips, frozenset(cut | {_back(rest, *end) for end in cut}))


def _back(board: Board, chip: Chip, link: int) -> tuple[Chip, int]:
    other = board.neighbour(chip, link)
    assert other is not None
    return other, opposite(link)
