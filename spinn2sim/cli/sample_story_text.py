"""The story of a sample as text, for `packets RUN --sample K`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def story_lines(data: Row, names: Sequence[str] = ()) -> Iterator[str]:
    """Yield what was lost of the sample, its spikes by layer, the network's answer, and the errors of the backward pass.

    `names` are those of the populations; a chain of layers has none.
    """
    place, lost = data["place"], data["lost"]
    for packet in lost:
        yield f"LOST: packet {packet['seq']} ({packet['kind']}, tick {packet['tick']}): {', '.join(packet['lost'])}"
    label = "unknown (its data is not to be had)" if data["label"] is None else data["label"]
    yield f"sample {place['sample']} in batch {place['batch']} of the {place['part']} part of epoch {place['epoch']}; label {label}"
    for packet in data["transfers"]:
        yield f"  tick {packet['tick']:3d} {packet['phase']:<8} DMA of {packet['bytes']} bytes, {_ends(packet)}"
    yield f"forward: spikes by {'population' if names else 'layer'}"
    for layer, ticks in data["spikes"].items():
        total = sum(len(tick["neurons"]) for tick in ticks)
        named = _named(names, layer) if names else f"layer {layer}{' (input)' if int(layer) == 0 else ''}"
        yield f"  {named}: {total} spikes"
        for tick in ticks:
            yield f"    step {tick['step']:3d}: {_some(tick['neurons'])}"
    yield _answer(data)
    yield "backward: errors received, as raw words"
    if not data["errors"]:
        yield "  none"
    for entry in data["errors"]:
        words = [f"{neuron}: {word}" for neuron, word in entry["received"].items()]
        yield f"  tick {entry['tick']:3d}, step {entry['step']:3d}, {_named(names, entry['layer'])}: {_some(words, ', ', 12)}"
    for packet in data["guards"]:
        yield f"  silence guard: a push to neuron {packet['neuron']} of {_named(names, packet['layer'])} in tick {packet['tick']}"
    if not lost:
        yield "nothing of it late or lost"


def _named(names: Sequence[str], position: int | str) -> str:
    at = int(position)
    return f"population {at} ({names[at]})" if at < len(names) else f"layer {at}"


def _answer(data: Row) -> str:
    """Describe the first spikes, or the highest or average voltages of a readout, and whether the answer is right."""
    average, first = data.get("average", False), data["first_spikes"]
    peaks = {neuron: word for neuron, word in data["peaks"].items() if average or word > 0}
    if peaks:
        ordered = sorted(peaks.items(), key=lambda item: (-item[1], int(item[0])))
        words = ", ".join(f"neuron {neuron}: {word}" for neuron, word in ordered)
        told = f"{'average' if average else 'highest'} voltages, as raw words: {words}"
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
