"""The hops of one packet of a run, reconstructed by replaying the sends of the trace on the run's network."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.shape import Chip
from spinn2sim.hardware.plan import Plan, Transfer
from spinn2sim.hardware.program import NO_TRANSFER
from spinn2sim.hardware.rows import Rows
from spinn2sim.hardware.traffic.hop_replay import Hop, Replay, SentPacket, play
from spinn2sim.report.fault_history import broken_network
from spinn2sim.report.plan_of_run import chip_or_first, plans_of_run
from spinn2sim.trace.chip_of_run import folder_of_chip
from spinn2sim.trace.run_directory import SCENARIO
from spinn2sim.trace.sql import PACKETS
from spinn2sim.trace.table_check import reading, refuse_unfit
from spinn2sim.trace.table_files import files_of, table_file
from spinn2sim.trace.tables import PACKETS as PACKETS_TABLE
from spinn2sim.trace.tables import TICKS, Table

if TYPE_CHECKING:
    import pyarrow.compute as pc

Columns = Mapping[str, NDArray[Any]]
Files = Path | Sequence[Path]
COLUMNS = ("seq", "kind", "key", "bytes", "src_pe", "dst_pe", "epoch", "part", "batch", "sent_q", "delivered_q", "hops")
WAKE_COLUMNS = ("woke_q", "pe", "batch", "epoch", "part")
FIRST_LOOK_Q = 1_200_000  # 100 us: how far before a packet the first search for its surroundings begins


def hop_history(
    folder: Path | str,
    seq: int,
    warn: Callable[[str], None] = warnings.warn,
    chip: Chip | None = None,
    plans: BoardPlan | None = None,
) -> list[Hop]:
    """Reconstruct the hops of packet `seq` of a run, in the order of `Replay.hops`, by replaying all packets that were in flight with it.

    On a board these are the hops on `chip`, by default the first: what came over a link is in its trace as a packet that the link sent. So
    each chip is played alone. `plans` are the run's, if they are known.
    `warn` is called with one line if the replay gives other delivery times than the trace. Raises DataError if the trace is missing or has
    no such packet, and ScenarioError for a run with chip.fifo_policy = "stall" whose wakes were not traced: its network waits for PEs.
    """
    import pyarrow.compute as pc

    folder = Path(folder)
    plans = plans or plans_of_run(folder)
    place = chip_or_first(plans, chip)
    plan, own_folder = plans.plans[plans.board.numbers[place]], folder if chip is None else folder_of_chip(folder, chip)
    files = files_of(own_folder, PACKETS)
    own = read_rows(files, pc.field("seq") == seq)
    if not len(own["seq"]):
        raise DataError(f"{table_file(own_folder, PACKETS)}: found no packet {seq}, allowed is a seq that was traced")
    if plan.fifo_policy == "stall":
        rows, wakes = part_until(own_folder, own)
    else:
        rows, wakes = surroundings(files, own), []
    entries = {line: entry for entry, line in enumerate(plan.dead.line_numbers(len(plan.entries)))}
    first = {name: own[name][0] for name in ("epoch", "part")}
    broken = broken_network(folder, entries, first) if plan.faults is not None else None
    played = play(plan, sent_packets(plan, rows), wakes, broken, plans.ports(place))
    difference = replay_difference(rows, played, seq)
    if difference:
        warn(
            f"packet {seq}: {difference}; the trace may not hold all that was sent then (a window or filters in [trace])"
        )
    return played.hops(seq)


def surroundings(files: Files, own: Columns) -> dict[str, NDArray[Any]]:
    """Read the rows of a trace from the last instant before a packet at which nothing was in flight to the packet's last delivery.

    `own` are the packet's own rows.
    """
    import pyarrow.compute as pc

    sent_q, last_q, look_q = int(own["sent_q"][0]), int(own["delivered_q"].max()), FIRST_LOOK_Q
    while True:
        start_q = sent_q - look_q
        rows = read_rows(files, (pc.field("sent_q") <= last_q) & (pc.field("delivered_q") >= start_q))
        quiet = last_quiet_row(rows, int(own["seq"][0]))
        if rows["sent_q"][quiet] >= start_q or start_q < 0:
            return {name: column[quiet:] for name, column in rows.items()}
        look_q *= 8


def part_until(folder: Path, own: Columns) -> tuple[dict[str, NDArray[Any]], list[tuple[int, int]]]:
    """Read the rows of a packet's part of the run up to its last delivery, and that part's wakes as sorted pairs (instant, core).

    If a full FIFO can stall the network, the content of FIFOs depends on everything since the part began.
    """
    import pyarrow.compute as pc

    same = (pc.field("epoch") == int(own["epoch"][0])) & (pc.field("part") == str(own["part"][0]))
    rows = read_rows(files_of(folder, PACKETS), same & (pc.field("sent_q") <= int(own["delivered_q"].max())))
    ticks = files_of(folder, TICKS.name)
    wakes = read_rows(ticks, same, WAKE_COLUMNS, TICKS) if ticks else {"batch": np.zeros(0)}
    if not set(range(int(own["batch"].max()) + 1)) <= set(wakes["batch"].tolist()):
        raise ScenarioError(
            f"{folder / SCENARIO}: chip.fifo_policy: found 'stall' and not all wakes up to the packet in ticks.parquet, "
            "allowed is a run with trace.packets = 'all' and trace.wakes = 'all', or 'drop' or 'overwrite'"
        )
    return rows, list(zip(wakes["woke_q"].tolist(), wakes["pe"].tolist(), strict=True))


def last_quiet_row(rows: Columns, seq: int) -> int:
    """Return the first row of the last packet up to `seq` that was sent when all earlier packets had been delivered."""
    busy_until = np.maximum.accumulate(rows["delivered_q"])
    first = np.flatnonzero(rows["seq"] == seq)[0]
    before = np.concatenate([[-1], busy_until[:first]])
    return int(np.flatnonzero(rows["sent_q"][: first + 1] > before)[-1])


def sent_packets(plan: Plan, rows: Columns) -> list[SentPacket]:
    """Return what the programs sent, given rows sorted by seq. Raises DataError for a burst that is not a transfer of the plan."""
    starts = np.flatnonzero(np.diff(rows["seq"], prepend=-1))
    ends = np.append(starts[1:], len(rows["seq"]))
    found = []
    for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
        row = {name: column[first] for name, column in rows.items()}
        number, long = NO_TRANSFER, False
        if row["kind"] == "dma":
            number = find_transfer(plan, row, frozenset(rows["dst_pe"][first:last].tolist()))
        else:
            long = bool(row["bytes"])
        found.append(SentPacket(int(row["seq"]), int(row["src_pe"]), int(row["sent_q"]), int(row["key"]), number, long))
    return found


def find_transfer(plan: Plan, row: Mapping[str, Any], cores: frozenset[int]) -> int:
    """Find the transfer that a burst belongs to, by issuer, key, bytes, length of its path, and the `cores` in its rows."""
    for transfer in plan.transfers:
        same = (transfer.issuer, transfer.key, transfer.bytes) == (row["src_pe"], row["key"], row["bytes"])
        if (
            same
            and cores <= set(transfer.destination_cores)
            and (transfer.multicast or _direct_hops(plan, transfer) == row["hops"])
        ):
            return transfer.number
    raise DataError(
        f"packet {row['seq']}: found a burst of {row['bytes']} bytes that PE {row['src_pe']} started, allowed is a transfer of the "
        "run's plan: scenario and trace are not of one run"
    )


def replay_difference(rows: Columns, played: Replay, seq: int) -> str:
    """Describe how the replayed deliveries of a packet differ from the trace; empty if they agree."""
    told = _delivered(rows, seq)
    found = _delivered(played.deliveries, seq)
    for core, when in sorted(told.items()):
        if found.get(core) != when:
            return f"the replay delivers to PE {core} at {found.get(core)} q, the trace says {when} q"
    return ""


def _delivered(rows: Columns | Rows, seq: int) -> dict[int, int]:
    own = np.asarray(rows["seq"]) == seq
    return dict(zip(rows["dst_pe"][own].tolist(), rows["delivered_q"][own].tolist(), strict=True))


def _direct_hops(plan: Plan, transfer: Transfer) -> int:
    """Count the channels that a direct burst passes to its first destination."""
    return len(plan.routes.route(transfer.source_core, transfer.destination_cores[0]))


def read_rows(
    files: Files, wanted: pc.Expression, columns: Sequence[str] = COLUMNS, table: Table = PACKETS_TABLE
) -> dict[str, NDArray[Any]]:
    """Read the rows of a run's table for which `wanted` holds, in the table's order, as columns. Raises DataError."""
    import pyarrow.parquet as pq

    paths = [files] if isinstance(files, Path) else list(files)
    if not paths or not all(path.exists() for path in paths):
        raise DataError(f"{table.name}.parquet: there is none; a run writes it when trace.packets is 'all' or 'window'")
    for path in paths:
        refuse_unfit(path, table)
    with reading(paths[0]):
        found = pq.read_table(paths, columns=list(columns), filters=wanted, page_checksum_verification=True)
    found = found.sort_by([(name, "ascending") for name in table.order])
    return {name: np.asarray(found.column(name).to_numpy()) for name in columns}
