"""Routes over the links of a board: shortest ways around what is dead, and trees of them for packets with several destinations.

A way is chosen from its end: of the links by which the shortest ways reach a chip, the one that goes straight on is taken, else the first
in the order of link numbers. So most chips on a way are passed straight on, and need no line in their tables if default routing is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from spinn2sim.hardware.board.shape import N_LINKS, Board, Chip


def route(board: Board, start: Chip, end: Chip) -> tuple[int, ...]:
    """Return the links of a shortest way from one chip to another; none if they are the same. Raises ValueError if there is no way."""
    links = []
    tree, chip = multicast_tree(board, start, (end,)), start
    while chip != end:
        (link,) = tree[chip]
        links.append(link)
        chip = _over(board, chip, link)
    return tuple(links)


def multicast_tree(board: Board, source: Chip, targets: Collection[Chip]) -> dict[Chip, tuple[int, ...]]:
    """Return the links, in ascending order, by which a packet from `source` leaves each chip that it passes on its way to the targets.

    The way to each target is a shortest one. Ways join as early as they can on their way back from the target, and each chip is entered
    once. A chip where ways end has an empty tuple. Raises ValueError if a target cannot be reached.
    """
    hops = hops_from(board, source)
    before = _entries(board, hops)
    links: dict[Chip, set[int]] = {source: set()}
    for target in sorted(targets, key=lambda chip: (hops.get(chip, 0), board.numbers.get(chip, 0))):
        if target not in hops:
            raise ValueError(f"no way over links that work leads from chip {source} to chip {target}")
        chip, last, fresh = target, None, target not in links
        while fresh:
            links.setdefault(chip, set())
            joining = [entry for entry in before[chip] if entry[0] in links]
            straight = [entry for entry in before[chip] if entry[1] == last]
            chip, last = (joining or straight or before[chip])[0]
            fresh = chip not in links
            links.setdefault(chip, set()).add(last)
    return {
        chip: tuple(sorted(links[chip])) for chip in sorted(links, key=lambda chip: (hops[chip], board.numbers[chip]))
    }


def _over(board: Board, chip: Chip, link: int) -> Chip:
    """Return the chip over a link of a way, which works."""
    other = board.neighbour(chip, link)
    if other is None:
        raise ValueError(f"link {link} of chip {chip} leads nowhere")
    return other


def hops_from(board: Board, source: Chip) -> dict[Chip, int]:
    """Count the links on the shortest way from `source` to each chip that can be reached, in the direction of travel."""
    if source not in board.numbers:
        raise ValueError(f"the board has no chip {source}")
    hops, waiting = {source: 0}, [source]
    for chip in waiting:
        for link in range(N_LINKS):
            other = board.neighbour(chip, link)
            if other is not None and other not in hops:
                hops[other] = hops[chip] + 1
                waiting.append(other)
    return hops


def _entries(board: Board, hops: Mapping[Chip, int]) -> dict[Chip, list[tuple[Chip, int]]]:
    """Return by which links, and from which chips, shortest ways enter each chip, in the order of link numbers."""
    found: dict[Chip, list[tuple[Chip, int]]] = {chip: [] for chip in hops}
    for chip, link, other in board.links():
        if chip in hops and hops[other] == hops[chip] + 1:
            found[other].append((chip, link))
    return {chip: sorted(entries, key=lambda entry: entry[1]) for chip, entries in found.items()}


def ways_to(board: Board, end: Chip) -> dict[Chip, int]:
    """Return the link by which each other chip sends a packet on its shortest way to `end`; chips that cannot reach it are left out.

    Where several links are as short, all chips take the first or the last of them, in turn from one end to the next, so that packets to
    many ends are spread over the links.
    """
    entered_from: dict[Chip, list[tuple[Chip, int]]] = {chip: [] for chip in board.chips}
    for chip, link, other in board.links():
        entered_from[other].append((chip, link))
    hops, waiting = {end: 0}, [end]
    choices: dict[Chip, list[int]] = {}
    for other in waiting:
        for chip, link in entered_from[other]:
            if chip not in hops:
                hops[chip] = hops[other] + 1
                waiting.append(chip)
            if hops[chip] == hops[other] + 1:
                choices.setdefault(chip, []).append(link)
    turn = sum(end)
    return {chip: sorted(links)[turn % len(links)] for chip, links in choices.items()}
