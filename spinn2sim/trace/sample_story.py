"""One sample's way through the chip, forward and back, as its trace tells it; it knows no label and judges no answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spinn2sim.errors import DataError
from spinn2sim.trace.sql import Row, Tables
from spinn2sim.trace.window import Window, need

SHOWN = 24  # samples that a refusal names
OF_SAMPLE = """
    SELECT seq, any_value(kind) AS kind, any_value(layer) AS layer, any_value(neuron) AS neuron, any_value(tick) AS tick,
        any_value(step) AS step, any_value(payload) AS payload, any_value(phase) AS phase, any_value(src_pe) AS src_pe,
        list(dst_pe ORDER BY dst_pe) AS dst_pes, any_value(bytes) AS bytes,
        list(outcome ORDER BY outcome) FILTER (outcome <> 'on_time') AS lost
    FROM packets WHERE epoch = $epoch AND part = $part AND batch = $batch AND sample = $sample GROUP BY seq ORDER BY seq
"""


@dataclass(frozen=True)
class Place:
    """A batch of a part of an epoch, and a sample in it."""

    epoch: int
    part: str
    batch: int
    sample: int


@dataclass
class Story:
    """`spikes`: layer -> [{tick, neurons}] in the order of ticks; `first_spikes`: output neuron -> step; `peaks`: readout
    neuron -> its highest voltage, a raw word; `errors`: [{layer, tick, step,
    received: {neuron: payload}}], layer and neuron being the receiver's; `lost`: packets with a delivery that was not on time."""

    place: Place
    spikes: dict[int, list[Row]] = field(default_factory=dict)
    first_spikes: dict[int, int] = field(default_factory=dict)
    peaks: dict[int, int] = field(default_factory=dict)
    errors: list[Row] = field(default_factory=list)
    guards: list[Row] = field(default_factory=list)
    transfers: list[Row] = field(default_factory=list)
    lost: list[Row] = field(default_factory=list)


def find(tables: Tables, sample: int, batch: int | None = None, epoch: int | None = None, part: str = "train") -> Place:
    """Where a sample is in the trace: in the first traced epoch, unless `epoch` says which.

    Raises DataError where that lies outside of what was traced.
    """
    epoch = int(need(tables, Window(epoch, part, batch))["epoch"])
    here = {"epoch": epoch, "part": part}
    rows = tables.rows(
        "SELECT batch, sample FROM packets WHERE epoch = $epoch AND part = $part AND sample >= 0 GROUP BY ALL ORDER BY ALL", here, True
    )  # fmt: skip
    batches = [row["batch"] for row in rows if row["sample"] == sample]
    if not batches:
        raise DataError(f"{tables.folder}: sample {sample}: found no packet of it in the {part} part of epoch {epoch}")
    if batch is not None and batch not in batches:
        raise DataError(
            f"{tables.folder}: sample {sample} is not in batch {batch} of the {part} part of epoch {epoch} but in batch {batches[0]}; "
            f"batch {batch} has {_first(row['sample'] for row in rows if row['batch'] == batch)}"
        )
    return Place(epoch, part, batches[0] if batch is None else batch, sample)


def story(tables: Tables, place: Place) -> Story:
    """All that the trace has of a sample. Raises DataError when the trace cannot be read."""
    told = Story(place)
    packets = tables.rows(OF_SAMPLE, vars(place), trusted=True)
    top = tables.one("SELECT max(layer) AS layer FROM packets", (), True)["layer"]
    for packet in packets:
        if packet["kind"] == "spike" and packet["payload"] is not None:
            told.peaks[packet["neuron"]] = packet["payload"]
        elif packet["kind"] == "spike":
            ticks = told.spikes.setdefault(packet["layer"], [])
            _at(ticks, packet, "neurons", []).append(packet["neuron"])
            if packet["layer"] == top:
                told.first_spikes.setdefault(packet["neuron"], packet["step"])
        elif packet["kind"] == "error":
            _at(told.errors, packet, "received", {})[packet["neuron"]] = packet["payload"]
        elif packet["kind"] == "guard":
            told.guards.append(packet)
        else:
            told.transfers.append(packet)
        if packet["lost"]:
            told.lost.append(packet)
    told.spikes = dict(sorted(told.spikes.items()))
    return told


def _at(rows: list[Row], packet: Row, name: str, empty: Any) -> Any:
    """The entry for a packet's layer and tick: packets come in the order in which they were sent."""
    key = {field: packet[field] for field in ("layer", "tick", "step")}
    for row in reversed(rows):
        if row["tick"] < packet["tick"]:
            break
        if all(row[field] == value for field, value in key.items()):
            return row[name]
    rows.append({**key, name: empty})
    return empty


def _first(samples: Iterable[int]) -> str:
    named = list(samples)
    return ", ".join(map(str, named[:SHOWN])) + (", ..." if len(named) > SHOWN else "")
