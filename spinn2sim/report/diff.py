"""Compares two runs: the first delivery in which they differ, with its path, then weights and metrics, or what scripts recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import quoted
from spinn2sim.hardware.board.shape import LINK_CORE, core_name
from spinn2sim.hardware.chip_routes import ChipRoutes, routes_around
from spinn2sim.hardware.geometry import DRAM_CORE, EVENT_ROUTER, ChannelKind, Place, quad_of
from spinn2sim.hardware.packet import Outcome
from spinn2sim.report.run import open_run
from spinn2sim.report.script_diff import recording_differences
from spinn2sim.report.script_run import ScriptRunData
from spinn2sim.scripts.script_directory import RECORDINGS
from spinn2sim.trace.dead_parts_of_run import routes_of_run
from spinn2sim.trace.manifest import need_unchanged
from spinn2sim.trace.run_directory import METRICS, NETWORK, WEIGHTS
from spinn2sim.trace.sql import PACKETS
from spinn2sim.trace.table_files import files_of

Columns = Mapping[str, NDArray[Any]]
Matrix = NDArray[np.float64]
Chips = tuple[ChipRoutes, ChipRoutes]
WHOLE = routes_around()
# The outcome as it appears in a recorder's columns, and in a Parquet file.
NO_ROUTE = (str(int(Outcome.NO_ROUTE)), Outcome.NO_ROUTE.name.lower())
# The files that are read besides packets; a run has those of a scenario or of a script.
COMPARED = (WEIGHTS, METRICS, NETWORK, RECORDINGS)
WALL_CLOCK = (
    "seconds",
    "wall",
    "per_s",
    "samples_per",
)  # parts of the names of metrics that may differ between equal runs


def trace_difference(one: Columns, two: Columns, chips: Chips = (WHOLE, WHOLE)) -> list[str] | None:
    """Describe the first delivery that differs between two traces, both sorted by (seq, dst_pe), in lines; None if there is none.

    `chips` have the routes of the two runs.
    """
    missing = sorted(set(one) ^ set(two))
    if missing:
        return [f"only the {'first' if missing[0] in one else 'second'} trace has the column {quoted(missing[0])}"]
    rows = min(len(one["seq"]), len(two["seq"]))
    differs = np.zeros(rows, np.bool_)
    for name, column in one.items():
        differs |= column[:rows] != two[name][:rows]
    if differs.any():
        at = int(np.argmax(differs))
    elif len(one["seq"]) != len(two["seq"]):
        at = rows
    else:
        return None
    return _describe_row(one, two, at, chips)


def _describe_row(one: Columns, two: Columns, at: int, chips: Chips) -> list[str]:
    """Describe row `at` of each trace, and the path of the packet."""
    lines = [f"the traces part at row {at} (of {len(one['seq'])} and {len(two['seq'])})"]
    found = [{name: column[at] for name, column in c.items()} if at < len(c["seq"]) else {} for c in (one, two)]
    if not all(found):
        lines.append(f"only the {'first' if found[0] else 'second'} run has it")
    row = found[0] or found[1]
    for name in row:
        values = [str(one_row.get(name, "-")) for one_row in found]
        lines.append(f"  {name:<12} {values[0]:>14} {'=' if values[0] == values[1] else '<>'} {values[1]:>14}")
    return [*lines, "path: " + " -> ".join(_path(row, chips[0] if found[0] else chips[1]))]


def _path(row: Mapping[str, Any], chip: ChipRoutes) -> list[str]:
    """List the places that a delivery passes, from its sender on; PE 0 is the DRAM. The source of a burst need not be its issuer."""
    source, end = int(row["src_pe"]), int(row["dst_pe"])
    multicast = str(row["kind"]) != "dma" or int(row["layer"]) >= 0
    if str(row["outcome"]) in NO_ROUTE:
        return [core_name(source), *_quads(chip, source, EVENT_ROUTER), "event router: no line matches"]
    if multicast:
        inbound, outbound = _quads(chip, source, EVENT_ROUTER), _quads(chip, EVENT_ROUTER, end)
        return [core_name(source), *inbound, "event router", *outbound, core_name(end)]
    if end == DRAM_CORE:
        return [f"PE {source}", *_quads(chip, source, DRAM_CORE), "DRAM"]
    return [f"DMA issued by PE {source}", *([f"{quad_of(end)}"] if end < LINK_CORE else []), core_name(end)]


def _quads(chip: ChipRoutes, source: Place, end: Place) -> list[str]:
    """Return the quads on the route between two places."""
    try:
        passed = chip.route(source, end)
    except KeyError as error:
        return [f"({error.args[0]})"]
    return [
        *(str(channel.start) for channel in passed[:1]),
        *(str(channel.end) for channel in passed if channel.kind is ChannelKind.MESH),
    ]


def diff(first: Path | str, second: Path | str) -> list[str]:
    """Describe in lines where two run directories differ; none if traces, weights and metrics agree, or what scripts recorded.

    Raises DataError if a folder is not a run, OutputError if a file is not as the run wrote it.
    """
    one, two = open_run(first), open_run(second)
    for run in (one, two):
        need_unchanged(run.folder, [*files_of(run.folder, PACKETS), *(run.folder / name for name in COMPARED)])
    scripts = [(run.folder / NETWORK).is_file() for run in (one, two)]
    if scripts[0] != scripts[1]:
        return [f"only {one.folder if scripts[0] else two.folder} is the run of a script"]
    lines: list[str] = []
    if _has_packets(one.folder) and _has_packets(two.folder):
        chips = routes_of_run(one.folder), routes_of_run(two.folder)
        lines += trace_difference(_columns(one.packets), _columns(two.packets), chips) or []
    elif _has_packets(one.folder) != _has_packets(two.folder):
        lines.append(f"packets: only {one.folder if _has_packets(one.folder) else two.folder} has a trace")
    if all(scripts):
        return lines + recording_differences(ScriptRunData(one.folder), ScriptRunData(two.folder))
    lines += _array_differences("weights", one.weights, two.weights)
    lines += _array_differences("delays", one.delays, two.delays)
    return lines + _metrics_difference(one.metrics, two.metrics)


def compared(first: Path | str, second: Path | str) -> str:
    """Say what was compared of two runs that agree: packets, if they were traced, and what is in every run."""
    one, two = open_run(first), open_run(second)
    if _has_packets(one.folder) and _has_packets(two.folder):
        packets = f"{one.packets.num_rows:,} traced deliveries, "
    else:
        packets = "packets were not traced, so not compared; "
    delays = ", delays" if any(delay is not None for delay in one.delays) else ""
    return f"the runs agree: {packets}weights{delays} and metrics but for times of the clock are the same"


def _has_packets(folder: Path) -> bool:
    return bool(files_of(folder, PACKETS))


def _columns(table: Any) -> dict[str, NDArray[Any]]:
    """Return the columns of a Parquet trace as plain arrays. A null becomes -1 and is marked in an additional column."""
    import pyarrow.compute as pc

    found: dict[str, NDArray[Any]] = {}
    for name in table.column_names:
        column = table.column(name)
        if column.null_count:
            found[f"no {name}"] = pc.is_null(column).to_numpy()
            column = pc.fill_null(column, -1)
        found[name] = np.asarray(column.to_numpy())
    return found


def _array_differences(name: str, one: Sequence[Matrix | None], two: Sequence[Matrix | None]) -> list[str]:
    """Return a line for each matrix of weights or delays with an entry that differs."""
    shapes = [[None if matrix is None else matrix.shape for matrix in side] for side in (one, two)]
    if shapes[0] != shapes[1]:
        return [f"{name}: found shapes {shapes[0]} and {shapes[1]}"]
    lines = []
    for k, (a, b) in enumerate(zip(one, two, strict=True)):
        if a is None or b is None:
            continue
        where = np.argwhere(a != b)
        if len(where):
            j, i = where[0]
            largest = float(np.abs(np.asarray(a, np.float64) - b).max())
            lines.append(
                f"{name}_{k}[{j}, {i}] (to neuron {j}, from {i}): {a[j, i].item()} <> {b[j, i].item()}; {len(where)} of {a.size} differ, "
                f"by up to {largest:.3g}"
            )
    return lines


def _metrics_difference(one: Sequence[Mapping[str, Any]], two: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line on the first epoch and key at which the metrics differ, except for wall-clock times."""
    for n, (a, b) in enumerate(zip(one, two, strict=False)):
        for key in {**a, **b}:
            if not any(word in key for word in WALL_CLOCK) and a.get(key) != b.get(key):
                return [f"metrics of epoch {n}: {key}: {a.get(key)} <> {b.get(key)}"]
    if len(one) != len(two):
        return [f"metrics: {len(one)} and {len(two)} epochs"]
    return []
