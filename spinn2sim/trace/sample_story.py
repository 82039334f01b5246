"""The story of one sample, read from the trace: spikes forward, errors backward, transfers, and what was lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from spinn2sim.errors import DataError
from spinn2sim.trace.sql import Row, Tables
from spinn2sim.trace.time_window import TimeWindow, first_traced_part

SHOWN = 24  # how many samples an error message lists
OF_SAMPLE = """
    SELECT seq, any_value(kind) AS kind, any_value(layer) AS layer, any_value(neuron) AS neuron, any_value(tick) AS tick,
        any_value(step) AS step, any_value(payload) AS payload, any_value(phase) AS phase, any_value(src_pe) AS src_pe,
        list(dst_pe ORDER BY dst_pe) AS dst_pes, any_value(bytes) AS bytes,
        list(outcome ORDER BY outcome) FILTER (outcome <> 'on_time') AS lost
    FROM packets WHERE epoch = $epoch AND part = $part AND batch = $batch AND sample = $sample GROUP BY seq ORDER BY seq
"""


@dataclass(frozen=True)
class SamplePlace:
    """A batch of a part of an epoch, and a sample in it."""

    epoch: int
    part: str
    batch: int
    sample: int


@dataclass
class SampleStory:
    """All packets of a sample by their meaning, in the order of sending."""

    place: SamplePlace
    # The spikes of each layer by tick: {layer, tick, step, neurons}.
    spikes: dict[int, list[Row]] = field(default_factory=dict)
    # The step of each output neuron's first spike.
    first_spikes: dict[int, int] = field(default_factory=dict)
    # The highest voltage of each neuron of a readout, or its average voltage, as a raw word.
    peaks: dict[int, int] = field(default_factory=dict)
    # The errors by layer and tick: {layer, tick, step, received: {neuron: payload}}; layer and neuron are the receiver's.
    errors: list[Row] = field(default_factory=list)
    guards: list[Row] = field(default_factory=list)
    transfers: list[Row] = field(default_factory=list)
    # The packets with a delivery that was not on time.
    lost: list[Row] = field(default_factory=list)


def find_sample(
    tables: Tables, sample: int, batch: int | None = None, epoch: int | None = None, part: str = "train"
) -> SamplePlace:
    """Find a sample in the trace: in `epoch`, or in the first traced epoch if `epoch` is None.

    Raises DataError if it was not traced.
    """
    epoch = int(first_traced_part(tables, TimeWindow(epoch, part, batch))["epoch"])
    part_of = {"epoch": epoch, "part": part}
    rows = tables.rows(
        "SELECT batch, sample FROM packets WHERE epoch = $epoch AND part = $part AND sample >= 0 GROUP BY ALL ORDER BY ALL", part_of, True
    )  # fmt: skip
    batches = [row["batch"] for row in rows if row["sample"] == sample]
    if not batches:
        raise DataError(f"{tables.folder}: sample {sample}: found no packet of it in the {part} part of epoch {epoch}")
    if batch is not None and batch not in batches:
        raise DataError(
            f"{tables.folder}: sample {sample} is not in batch {batch} of the {part} part of epoch {epoch} but in batch {batches[0]}; "
            f"batch {batch} has {_first_samples(row['sample'] for row in rows if row['batch'] == batch)}"
        )
    return SamplePlace(epoch, part, batches[0] if batch is None else batch, sample)


def read_story(tables: Tables, place: SamplePlace, output: int | None = None) -> SampleStory:
    """Read all packets of a sample from the trace. Raises DataError if the trace cannot be read.

    `output` is the position of the population that answers; by default the last one.
    """
    story = SampleStory(place)
    packets = tables.rows(OF_SAMPLE, vars(place), trusted=True)
    top = tables.one("SELECT max(layer) AS layer FROM packets", (), True)["layer"] if output is None else output
    for packet in packets:
        if packet["kind"] == "spike" and packet["payload"] is not None:
            story.peaks[packet["neuron"]] = packet["payload"]
        elif packet["kind"] == "spike":
            ticks = story.spikes.setdefault(packet["layer"], [])
            _entry_for(ticks, packet, "neurons", []).append(packet["neuron"])
            if packet["layer"] == top:
                story.first_spikes.setdefault(packet["neuron"], packet["step"])
        elif packet["kind"] == "error":
            _entry_for(story.errors, packet, "received", {})[packet["neuron"]] = packet["payload"]
        elif packet["kind"] == "guard":
            story.guards.append(packet)
        else:
            story.transfers.append(packet)
        if packet["lost"]:
            story.lost.append(packet)
    story.spikes = dict(sorted(story.spikes.items()))
    return story


def _entry_for(rows: list[Row], packet: Row, name: str, empty: Any) -> Any:
    """Return the value `name` of the last entry, if it is for the packet's layer and tick, otherwise that of a new entry, `empty`."""
    key = {field: packet[field] for field in ("layer", "tick", "step")}
    for row in reversed(rows):
        if row["tick"] < packet["tick"]:
            break
        if all(row[field] == value for field, value in key.items()):
            return row[name]
    rows.append({**key, name: empty})
    return empty


def _first_samples(samples: Iterable[int]) -> str:
    numbers = list(samples)
    return ", ".join(map(str, numbers[:SHOWN])) + (", ..." if len(numbers) > SHOWN else "")
