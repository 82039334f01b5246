"""Answers about a run's packets as lines: losses first; it computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from spinn2sim.cli.table import table_lines

Row = Mapping[str, Any]
BUSIEST = 8
LOSSES = 8  # lines on losses of the whole run


def summary_lines(data: Row, top: int = BUSIEST) -> Iterator[str]:
    """What `packets RUN` prints of its summary."""
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
        return
    what = f" where {data['where']}" if data["where"] else ""
    yield f"{data['packets']:,} packets, {data['deliveries']:,} deliveries{what}" + (
        "" if data["losses"] else ", all on time"
    )
    if not data["deliveries"]:
        return
    yield ""
    yield "latency from send to delivery, in microseconds"
    yield from table_lines(data["by_kind"], None)
    yield from _hottest(data, top)


def _hottest(data: Row, top: int) -> Iterator[str]:
    yield ""
    yield "hottest channels (a packet has one flit, a DMA burst one for each 16 bytes)"
    yield from _top(data["channels"], top)
    yield ""
    yield "hottest PEs (0 is the DRAM)" if data["traced"] else "busiest PEs"
    yield from _top(data["pes"], top)


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


def story_lines(data: Row) -> Iterator[str]:
    """What `packets RUN --sample K` prints."""
    place, lost = data["place"], data["lost"]
    for packet in lost:
        yield f"LOST: packet {packet['seq']} ({packet['kind']}, tick {packet['tick']}): {', '.join(packet['lost'])}"
    label = "unknown (its data is not to be had)" if data["label"] is None else data["label"]
    yield f"sample {place['sample']} in batch {place['batch']} of the {place['part']} part of epoch {place['epoch']}; label {label}"
    for packet in data["transfers"]:
        yield f"  tick {packet['tick']:3d} {packet['phase']:<8} DMA of {packet['bytes']} bytes, {_ends(packet)}"
    yield "forward: spikes by layer"
    for layer, ticks in data["spikes"].items():
        total = sum(len(tick["neurons"]) for tick in ticks)
        yield f"  layer {layer}{' (input)' if int(layer) == 0 else ''}: {total} spikes"
        for tick in ticks:
            yield f"    step {tick['step']:3d}: {_some(tick['neurons'])}"
    yield _answer(data)
    yield "backward: errors received, as raw words"
    if not data["errors"]:
        yield "  none"
    for entry in data["errors"]:
        words = [f"{neuron}: {word}" for neuron, word in entry["received"].items()]
        yield f"  tick {entry['tick']:3d}, step {entry['step']:3d}, layer {entry['layer']}: {_some(words, ', ', 12)}"
    for packet in data["guards"]:
        yield f"  silence guard: a push to neuron {packet['neuron']} of layer {packet['layer']} in tick {packet['tick']}"
    if not lost:
        yield "nothing of it late or lost"


def _answer(data: Row) -> str:
    """First spikes, or the highest voltages of a readout, and whether they are right."""
    first, peaks = data["first_spikes"], {neuron: word for neuron, word in data["peaks"].items() if word > 0}
    if peaks:
        ordered = sorted(peaks.items(), key=lambda item: (-item[1], int(item[0])))
        told = "highest voltages, as raw words: " + ", ".join(f"neuron {neuron}: {word}" for neuron, word in ordered)
    elif first:
        ordered = sorted(first.items(), key=lambda item: (item[1], int(item[0])))
        told = "first spikes: " + ", ".join(f"neuron {neuron} in step {step}" for neuron, step in ordered)
    else:
        return "output: never above rest" if data["peaks"] else "output: silent"
    answer, verdict = ordered[0][0], ""
    if data["label"] is not None:
        verdict = f"; the label is {data['label']}: {'right' if int(answer) == data['label'] else 'wrong'}"
    return f"output: {told}; answer {answer}{verdict}"


def _ends(packet: Row) -> str:
    ends = packet["dst_pes"]
    if ends == [packet["src_pe"]]:
        return f"from the DRAM to PE {ends[0]}"
    return f"from PE {packet['src_pe']} to {'the DRAM' if ends == [0] else 'PE ' + ', '.join(map(str, ends))}"


def _some(things: Sequence[object], between: str = " ", shown: int = 30) -> str:
    more = f" and {len(things) - shown} more" if len(things) > shown else ""
    return between.join(map(str, things[:shown])) + more
