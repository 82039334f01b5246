"""What the command `traffic` says of a study: a table of loads, the same as CSV, and plain data for --json."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from spinn2sim.hardware.facts import NOC_MHZ

if TYPE_CHECKING:
    from spinn2sim.hardware.traffic.board_patterns import BoardPattern
    from spinn2sim.hardware.traffic.load_sweep import LoadPoint
    from spinn2sim.hardware.traffic.patterns import Pattern
    from spinn2sim.hardware.traffic.study import Study
    from spinn2sim.hardware.traffic.traffic_board import TrafficBoard

COLUMNS = (
    "load", "offered", "accepted", "flits_per_cycle", "mean_ns", "mean_ns_least", "mean_ns_most", "median_ns", "p99_ns", "max_ns",
    "queued_ns", "hops", "busiest_channel", "channel_busy", "router_busy", "saturated",
)  # fmt: skip
BOARD_COLUMNS = ("links", "lost")


def table_row(load: LoadPoint) -> dict[str, Any]:
    """Return the table row of one load: means over the seeds, except for `max_ns`, which is the largest of all."""
    row: dict[str, Any] = {
        name: load.mean(name) for name in COLUMNS if hasattr(load.runs[0], name) and name != "busiest_channel"
    }
    least, most = load.spread("mean_ns")
    row |= {"load": load.load, "mean_ns_least": least, "mean_ns_most": most, "max_ns": load.spread("max_ns")[1]}
    row |= {"busiest_channel": load.busiest_channel, "saturated": load.saturated}
    on_board = {name: load.mean(name) for name in BOARD_COLUMNS if hasattr(load.runs[0], name)}
    return {name: row[name] for name in COLUMNS} | on_board


def traffic_data(study: Study) -> dict[str, Any]:
    """Return the study for --json: rows as in the table, each with its runs."""
    from spinn2sim.hardware.mapped_around import mapped_around

    below, above = study.saturation
    return {
        "traffic": study.what,
        "engine": study.engine,
        "pattern": asdict(study.pattern) if study.pattern else None,
        "timing": asdict(study.timing) if study.timing else None,
        "seeds": list(study.seeds),
        "silent_pes": study.silent,
        "units": {"load": "packets/PE/us" if study.pattern else "times as fast", "offered": "packets/PE/us",
                  "accepted": "packets/PE/us", "flits_per_cycle": f"flits/PE/cycle of {NOC_MHZ} MHz", "*_ns": "ns"},
        "rule": _rules()[0],
        "loads": [{**table_row(load), "runs": [asdict(run) for run in load.runs]} for load in study.loads],
        "saturation": {"not_yet": below, "saturated": above},
        **({"mapped_around": mapped_around(study.dead)} if study.dead else {}),
        **({} if study.board is None else {"board": board_of_traffic(study.board)}),
        "deliveries_compared": study.compared,
        "deliveries_differing": study.differing,
    }  # fmt: skip


def board_of_traffic(chips: TrafficBoard) -> dict[str, Any]:
    """Return the board of a study as plain data."""
    from spinn2sim.hardware.units import QUANTA_PER_S

    board, links = chips.board, chips.links
    return {
        "chips": len(board.chips),
        "pes": sum(map(len, chips.cores)),
        "links": sum(1 for _ in board.links()) // 2,
        "wrap": board.wrap,
        "packets_per_s": QUANTA_PER_S / links.service_q,
        "link_latency_ns": links.latency_ns,
        "link_queue": links.queue,
        "dead_links": len(board.dead_links) // 2,
    }


def traffic_csv(study: Study) -> str:
    """Return the table as CSV, with a header and a row for each load."""
    text = io.StringIO()
    columns = COLUMNS if study.board is None else (*COLUMNS, *BOARD_COLUMNS)
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table_row(load) for load in study.loads)
    return text.getvalue()


def traffic_lines(study: Study) -> list[str]:
    """Return the study as a table, with an explanation of its columns."""
    load, seeds = ("load", "(over seeds)") if study.pattern else ("speed", "")
    lines = [
        _title(study),
        *_notes(study),
        "",
        f"{load:>7} {'offered':>8} {'accepted':>8} {'flits/PE':>8}  {'mean':>9} {seeds:>19} {'median':>9} {'p99':>9} {'max':>9}  router",
        f"{'':7} {'packets/PE/us':>17} {'/cycle':>8}  {'ns':>9} {'ns':>19} {'ns':>9} {'ns':>9} {'ns':>9}    busy  busiest channel",
    ]
    lines += [_line(load) for load in study.loads]
    return [*lines, "", _saturation(study), *_rules()]


def _rules() -> tuple[str, ...]:
    """Explain the columns of the table; the first line says when a load counts as saturated."""
    from spinn2sim.hardware.traffic.load_sweep import BUSY_SHARE
    from spinn2sim.hardware.traffic.measured_latency import ACCEPTED_SHARE

    return (
        f"saturated: fewer than {ACCEPTED_SHARE:.0%} of the flits due from the window's packets were delivered in it (of any packets), "
        f"packets wait longer than they travel, and a channel or the event router is busy for {BUSY_SHARE:.0%} of the time or more",
        "offered: packets per sending PE and us, sent in the window (of a list: from its first packet to its last); accepted: the share of "
        "them that arrived in it, by whatever packets",
        "latency: from a packet's sending to each of its deliveries, for the packets sent in the window; waits are part of it",
        "busy: share of the whole run, from the first sending to the last delivery",
    )


def _title(study: Study) -> str:
    if study.pattern is None or study.timing is None:
        return f"{study.what}: every packet of the list, engine {study.engine}"
    timing, seeds = study.timing, study.seeds
    return (
        f"{_described(study.pattern)}; {study.pattern.source} sources, open loop; warm-up {timing.warmup_us:g} us, window "
        f"{timing.window_us:g} us, sources go on {timing.warmup_us:g} us; seeds {seeds[0]}..{seeds[-1]}; engine {study.engine}"
    )


def _described(pattern: Pattern | BoardPattern) -> str:
    from spinn2sim.hardware.traffic.board_patterns import BoardPattern
    from spinn2sim.hardware.traffic.patterns import BURST, HOTSPOT

    if isinstance(pattern, BoardPattern):
        return f"{pattern.name} over chips"
    text = pattern.name if pattern.fanout == 1 else f"{pattern.name}, {pattern.fanout} destinations a packet"
    if pattern.name == HOTSPOT:
        text += f", {pattern.hot_share:.0%} to PE {pattern.hot_pe}"
    if pattern.name == BURST:
        text += f", on for {pattern.on_us:g} us and {pattern.duty:.0%} of the time on average"
    return text


def _notes(study: Study) -> list[str]:
    from spinn2sim.hardware.mapped_around import mapped_around_text

    if study.board is not None:
        return _board_notes(study.board, study.silent)
    around = [f"mapped around {mapped_around_text(study.dead)}"] if study.dead else []
    return [*around, *_notes_on_packets(study)]


def _board_notes(chips: TrafficBoard, silent: int) -> list[str]:
    data = board_of_traffic(chips)
    queue = (
        f"at most {data['link_queue']} packets wait for one"
        if data["link_queue"]
        else "any number of packets waits for one"
    )
    links = "1 link" if data["links"] == 1 else f"{data['links']} links"
    lines = [
        f"{data['chips']} chips with {data['pes']:,} PEs for applications, {links} of {data['packets_per_s'] / 1e6:g} million "
        f"packets/s in each direction; assumed: latency {data['link_latency_ns']} ns, {queue}"
    ]
    return [*lines, f"{silent:,} PEs do not send: there is no chip for them to send to"] if silent else lines


def _notes_on_packets(study: Study) -> list[str]:
    from spinn2sim.hardware.traffic.patterns import TRANSPOSE, Pattern

    if isinstance(study.pattern, Pattern) and study.pattern.name == TRANSPOSE:
        sending = len(study.pattern.senders(study.dead))
        return [
            f"{sending} PEs send; {study.silent} do not: their quad with x and y exchanged is their own, or holds no application PEs"
        ]
    if study.compared:
        told = "none" if not study.differing else str(study.differing)
        return [f"deliveries at another time than the file says: {told} of {study.compared}"]
    return []


def _line(load: LoadPoint) -> str:
    row = table_row(load)
    lost = f", {row['lost']:g} lost" if row.get("lost") else ""
    spread = f"({row['mean_ns_least']:.1f}..{row['mean_ns_most']:.1f})" if len(load.runs) > 1 else ""
    rates = f"{row['load']:7.4g} {row['offered']:8.4g} {row['accepted']:8.4g} {row['flits_per_cycle']:8.3g}"
    latency = f"{row['mean_ns']:9.1f} {spread:>19} {row['median_ns']:9.1f} {row['p99_ns']:9.1f} {row['max_ns']:9.1f}"
    busy = f"{row['router_busy']:6.1%}  {row['busiest_channel']} {row['channel_busy']:.1%}{lost}"
    return f"{rates}  {latency}  {busy}{'  saturated' if row['saturated'] else ''}"


def _saturation(study: Study) -> str:
    below, above = study.saturation
    if above is None:
        if below is None:
            return "no load"
        hint = "" if study.pattern else "; bursts wait all the same: compare mean and max"
        return f"not saturated at {below:.4g} packets/PE/us, the highest load here{hint}"
    if below is None:
        return f"saturated at {above:.4g} packets/PE/us, the smallest load"
    return f"saturates between {below:.4g} and {above:.4g} packets/PE/us"
