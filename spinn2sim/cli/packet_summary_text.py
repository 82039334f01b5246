"""The summary of a run's packets as text, for `packets RUN`: losses first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from spinn2sim.cli.table import table_lines

Row = Mapping[str, Any]
# How many of the busiest channels and PEs are shown, and how many of the whole run's losses.
BUSIEST = 8
LOSSES = 8


def summary_lines(data: Row, top: int = BUSIEST) -> Iterator[str]:
    """Yield the losses, the latency by kind, the busiest channels and PEs, the operations that took most cycles."""
    yield from (f"LOST in the run: {line}" for line in data["lost_in_run"][:LOSSES])
    if len(data["lost_in_run"]) > LOSSES:
        yield f"LOST in the run: {len(data['lost_in_run']) - LOSSES} lines more, in metrics.jsonl and with --json"
    for loss in data["losses"]:
        yield f"LOST: {loss['outcome']} {loss['kind']}: {loss['deliveries']:,} deliveries, {_first(loss)}"
    if data["losses"]:
        yield f"  the first one's life: spinn2sim packets {data['run']} --follow {min(loss['seq'] for loss in data['losses'])}"
    if not data["traced"]:
        yield "no packet was traced (run the scenario with --set trace.packets=all, or window); what the machine counted all the same:"
        yield from _hottest(data, top)
        yield from _cycles(data, top)
        return
    if not data["deliveries"]:
        yield "no delivery" + (f" where {data['where']}" if data["where"] else "") + ": nothing to summarise"
        return
    what = f" where {data['where']}" if data["where"] else ""
    part = bool(what or data["traced_part"])
    on_time = "" if data["losses"] else f", all{' of these' if part else ''} on time"
    yield f"{data['packets']:,} packets, {data['deliveries']:,} deliveries{what}{on_time}"
    if data["traced_part"]:
        yield f"traced: {data['traced_part']}; the rest of the run was counted"
    if part and not data["lost_in_run"]:
        yield "in the whole run nothing was lost, by its counts"
    yield ""
    yield "latency from send to delivery, in microseconds"
    yield from table_lines(data["by_kind"], None)
    yield from _hottest(data, top)
    yield from _cycles(data, top)


def _hottest(data: Row, top: int) -> Iterator[str]:
    yield ""
    yield "hottest channels (a packet has one flit, a DMA burst one for each 16 bytes)"
    yield from _top(data["channels"], top)
    yield ""
    yield "hottest PEs (0 is the DRAM)" if data["traced"] else "busiest PEs"
    yield from _top(data["pes"], top)


def _cycles(data: Row, top: int) -> Iterator[str]:
    if data["cycles"]:
        yield ""
        yield "where the cores' busy cycles went, in percent (all parts of the run)"
        yield from _top(data["cycles"], top)


def _first(loss: Row) -> str:
    where = f"PE {loss['pe']}" if loss["pe"] or loss["outcome"] != "no_route" else "no PE"
    key = f", key 0x{loss['key']:08x}" if loss["key"] else ""
    return (
        f"first packet {loss['seq']} from PE {loss['sender']} to {where}: epoch {loss['epoch']} {loss['part']}, batch {loss['batch']}, "
        f"tick {loss['tick']}{key}"
    )


def _top(rows: Sequence[Row], top: int) -> Iterator[str]:
    yield from table_lines(rows[:top], None)
    if len(rows) > top:
        yield f"({len(rows)} in all)"
