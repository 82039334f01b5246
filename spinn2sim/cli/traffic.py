"""The table of `spinn2sim traffic`: lines, CSV and JSON of a study; it measures nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Any

from spinn2sim.hardware.facts import NOC_MHZ
from spinn2sim.hardware.traffic.load_sweep import Load
from spinn2sim.hardware.traffic.measured_latency import ACCEPTED_SHARE
from spinn2sim.hardware.traffic.patterns import HOTSPOT, TRANSPOSE, Pattern
from spinn2sim.hardware.traffic.study import Study

RULE = (
    f"saturated: fewer than {ACCEPTED_SHARE:.0%} of the flits due from the window's packets were delivered in it (of any packets), and "
    "packets wait longer than they travel",
    "latency: from a packet's sending to each of its deliveries, for the packets sent in the window; waits are part of it",
    "busy: share of the whole run, from the first sending to the last delivery",
)
COLUMNS = (
    "load", "offered", "accepted", "flits_per_cycle", "mean_ns", "mean_ns_least", "mean_ns_most", "median_ns", "p99_ns", "max_ns",
    "queued_ns", "hops", "busiest_channel", "channel_busy", "router_busy", "saturated",
)  # fmt: skip


def row_of(load: Load) -> dict[str, Any]:
    """One load: means over the seeds, but `max_ns` is the largest of all."""
    row: dict[str, Any] = {
        name: load.mean(name) for name in COLUMNS if hasattr(load.runs[0], name) and name != "busiest_channel"
    }
    least, most = load.spread("mean_ns")
    row |= {"load": load.load, "mean_ns_least": least, "mean_ns_most": most, "max_ns": load.spread("max_ns")[1]}
    row |= {"busiest_channel": load.busiest_channel, "saturated": load.saturated}
    return {name: row[name] for name in COLUMNS}


def traffic_data(study: Study) -> dict[str, Any]:
    """Everything, for --json: rows as in the table, each with its runs."""
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
        "rule": RULE[0],
        "loads": [{**row_of(load), "runs": [asdict(run) for run in load.runs]} for load in study.loads],
        "saturation": {"not_yet": below, "saturated": above},
        "deliveries_compared": study.compared,
        "deliveries_differing": study.differing,
    }  # fmt: skip


def traffic_csv(study: Study) -> str:
    """The table with a header, a row for each load."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row_of(load) for load in study.loads)
    return text.getvalue()


def traffic_lines(study: Study) -> list[str]:
    """For people."""
    load, seeds = ("load", "(over seeds)") if study.pattern else ("speed", "")
    lines = [
        _title(study),
        *_notes(study),
        "",
        f"{load:>7} {'offered':>8} {'accepted':>8} {'flits/PE':>8}  {'mean':>9} {seeds:>19} {'median':>9} {'p99':>9} {'max':>9}  router",
        f"{'':7} {'packets/PE/us':>17} {'/cycle':>8}  {'ns':>9} {'ns':>19} {'ns':>9} {'ns':>9} {'ns':>9}    busy  busiest channel",
    ]
    lines += [_line(load) for load in study.loads]
    return [*lines, "", _saturation(study), *RULE]


def _title(study: Study) -> str:
    if study.pattern is None or study.timing is None:
        return f"{study.what}: every packet of the list, engine {study.engine}"
    timing, seeds = study.timing, study.seeds
    return (
        f"{_described(study.pattern)}; {study.pattern.source} sources, open loop; warm-up {timing.warmup_us:g} us, window "
        f"{timing.window_us:g} us, sources go on {timing.warmup_us:g} us; seeds {seeds[0]}..{seeds[-1]}; engine {study.engine}"
    )


def _described(pattern: Pattern) -> str:
    text = pattern.name if pattern.fanout == 1 else f"{pattern.name}, {pattern.fanout} destinations a packet"
    if pattern.name == HOTSPOT:
        text += f", {pattern.hot_share:.0%} to PE {pattern.hot_pe}"
    if pattern.name == "burst":
        text += f", on for {pattern.on_us:g} us and {pattern.duty:.0%} of the time on average"
    return text


def _notes(study: Study) -> list[str]:
    if study.pattern and study.pattern.name == TRANSPOSE:
        sending = len(study.pattern.senders())
        return [
            f"{sending} PEs send; {study.silent} do not: their quad with x and y exchanged is their own, or holds no application PEs"
        ]
    if study.compared:
        told = "none" if not study.differing else str(study.differing)
        return [f"deliveries at another time than the file says: {told} of {study.compared}"]
    return []


def _line(load: Load) -> str:
    row = row_of(load)
    spread = f"({row['mean_ns_least']:.1f}..{row['mean_ns_most']:.1f})" if len(load.runs) > 1 else ""
    rates = f"{row['load']:7.4g} {row['offered']:8.4g} {row['accepted']:8.4g} {row['flits_per_cycle']:8.3g}"
    latency = f"{row['mean_ns']:9.1f} {spread:>19} {row['median_ns']:9.1f} {row['p99_ns']:9.1f} {row['max_ns']:9.1f}"
    busy = f"{row['router_busy']:6.1%}  {row['busiest_channel']} {row['channel_busy']:.1%}"
    return f"{rates}  {latency}  {busy}{'  saturated' if row['saturated'] else ''}"


def _saturation(study: Study) -> str:
    below, above = study.saturation
    if above is None:
        return f"not saturated at {below:.4g} packets/PE/us" if below is not None else "no load"
    if below is None:
        return f"saturated at {above:.4g} packets/PE/us, the smallest load"
    return f"saturates between {below:.4g} and {above:.4g} packets/PE/us"
