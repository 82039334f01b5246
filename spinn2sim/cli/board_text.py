"""What the command `chip` says of the board of a scenario: how many chips, links and PEs it has, and how its links behave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spinn2sim.scenario.keys import Scenario


def board_data(scenario: Scenario) -> dict[str, Any]:
    """Return the board of a scenario as plain data: counts, the tree along which gradients are summed, and the links' rates."""
    from spinn2sim.hardware.board.sum_tree import sum_tree
    from spinn2sim.hardware.facts import N_CORES
    from spinn2sim.hardware.hardware_options import HardwareOptions
    from spinn2sim.hardware.units import QUANTA_PER_NS, QUANTA_PER_S
    from spinn2sim.scenario.board_of_scenario import board_of, link_options_of, link_pairs, whole_board
    from spinn2sim.scenario.draw_dead_parts import dead_parts_of

    keys, board, options = scenario.board, board_of(scenario), link_options_of(scenario)
    if keys is None:
        return {}
    whole, tree = whole_board(keys), sum_tree(board)
    reserved = scenario.chip.reserved_pes
    pes = [
        HardwareOptions(reserved_pes=reserved, dead=dead_parts_of(scenario, chip)).usable_pes for chip in board.chips
    ]
    return {
        "shape": keys.shape,
        "wrap": board.wrap,
        "parallel": keys.parallel,
        "chips": len(board.chips),
        "dead_chips": [list(chip) for chip in whole.chips if chip not in board.numbers],
        "links": len(link_pairs(board)),
        "dead_links": len(board.dead_links) // 2,
        "pes": len(board.chips) * N_CORES,
        "pes_for_networks": sum(map(len, pes)),
        "packets_per_s": QUANTA_PER_S / options.service_q,
        "link_service_ns": options.service_q / QUANTA_PER_NS,
        "link_latency_ns": options.latency_ns,
        "link_queue": options.queue,
        "default_route": options.default_route,
        "sum_tree_root": list(tree.root),
        "sum_tree_depth": tree.deepest,
    }


def board_lines(board: Mapping[str, Any]) -> list[str]:
    """Return what `board_data` holds as lines; ! marks what rests on an assumption."""
    rim = "wraps around" if board["wrap"] else "does not wrap around"
    queue = f"at most {board['link_queue']}" if board["link_queue"] else "any number of"
    dead = "".join(f" ({x}, {y})" for x, y in board["dead_chips"])
    rows = {
        "chips": f"{board['chips']}, a {board['shape']} that {rim}",
        "dead chips": dead.strip() or "none",
        "links": f"{board['links']} between chips that work, {board['dead_links']} dead ones between such chips",
        "PEs": f"{board['pes']:,}, of which {board['pes_for_networks']:,} are for networks",
        "packets on a link": f"{board['packets_per_s'] / 1e6:g} M/s in each direction, {board['link_service_ns']:g} ns each",
        "! link latency": f"{board['link_latency_ns']} ns",
        "! link queue": f"{queue} packets",
        "! no line matches": "straight on" if board["default_route"] else "no route",
        "gradient sum": f"tree from chip ({board['sum_tree_root'][0]}, {board['sum_tree_root'][1]}), {board['sum_tree_depth']} links deep",
    }
    return [
        f'Board [board.shape, ...], parallel "{board["parallel"]}"',
        *(f"  {name if name[0] == '!' else '  ' + name:<19}  {text}" for name, text in rows.items()),
    ]
