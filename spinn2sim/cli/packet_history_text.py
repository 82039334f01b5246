"""The history of one packet as text, for `packets RUN --follow SEQ`: from its sender to the tick that consumed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from spinn2sim.hardware.board.shape import LINK_CORE, link_name
from spinn2sim.hardware.units import QUANTA_PER_NS, QUANTA_PER_US

Row = Mapping[str, Any]


def history_lines(data: Row) -> Iterator[str]:
    """Yield what broke of the packet and what went wrong with it, then who emitted it and when, its hops, and its deliveries."""
    yield from (f"FAULT: {line}" for line in data.get("faults", ()))
    for delivery in data["deliveries"]:
        if delivery["outcome"] != "on_time":
            yield f"LOST: {delivery['outcome']} at {pe_text(delivery['pe'])}"
    yield from (f"NOTE: {line}" for line in data["warnings"])
    yield f"packet {data['seq']}: {_what(data)}, epoch {data['epoch']} {data['part']}, batch {data['batch']}"
    sender = data["sender"]
    over_link = sender["pe"] and sender["quad"] is None
    yield (
        f"  came over {sender['group']}{_beyond(data.get('came_from'))}"
        if over_link
        else f"  emitted by {_emitter(data)}, {pe_text(sender)}"
    )
    yield f"  in {data['phase']} tick {data['tick']} (step {data['step']}), {_when(data)}"
    if data["multicast"]:
        yield f"  key 0x{data['key']:08x}: {data['key_text']}"
        entry = data["entry"]
        yield (
            f"  table line {entry['line']} of {entry['of']} matches: {entry['text']}"
            if entry
            else "  no line of the table matches"
        )
    yield from _way(
        data, data, "  hops, replayed: arrival in ns after it was sent, wait, behind whom, toward which PEs"
    )
    for there in data.get("onward", ()):
        yield from _onward(data, there)


def _onward(data: Row, there: Row) -> Iterator[str]:
    """Yield what another chip did with the packet. Hops count from where it was sent or came to the chip that was asked for."""
    x, y = there["chip"]
    yield f"on chip ({x},{y}): came over {there['came_over']}, packet {there['seq']} there"
    yield from (f"  NOTE: {line}" for line in there["warnings"])
    if there["entry"] is None:
        yield "  no line of the table matches: it leaves straight on, or ends here"
    yield from _way(data, there, "  hops, replayed: arrival in ns after it was sent on the first of these chips")


def _way(data: Row, here: Row, title: str) -> Iterator[str]:
    """Yield the hops of a packet on one chip, and its deliveries there."""
    if here["hops"]:
        yield title
        yield from (_hop(hop, data["sent_q"]) for hop in here["hops"])
    for delivery in here["deliveries"]:
        if not here["hops"]:
            yield f"  way: {'; '.join(delivery['channels'])}"
        yield _delivered(delivery)
        yield _consumed(data, delivery)
        if delivery.get("goes_on"):
            yield f"  goes on{_beyond(delivery['goes_on'])}"


def pe_text(pe: Row) -> str:
    """Describe a PE with its place on the chip and what it runs."""
    if not pe["pe"]:
        return "no PE or the DRAM (0)"
    if pe["quad"] is None:
        return f"{pe['group']} to another chip"
    neurons = f", layer {pe['layer']} neurons {pe['neurons'][0]}..{pe['neurons'][1] - 1}" if pe["neurons"] else ""
    return f"PE {pe['pe']} (quad {pe['quad'][0]},{pe['quad'][1]} PE {pe['in_quad']}, {pe['group'] or 'no program'}{neurons})"


def _beyond(across: Row | None) -> str:
    """Say what the packet is on the other side of a link, and how to follow it there."""
    if not across:
        return ""
    x, y = across["chip"]
    return f": packet {across['seq']} of chip ({x},{y}), --chip {x},{y} --follow {across['seq']}"


def _what(data: Row) -> str:
    sample = f" of sample {data['sample']}" if data["sample"] >= 0 else ""
    if data["kind"] == "dma":
        how = "multicast burst" if data["multicast"] else "DMA burst"
        return f"{how} of {data['bytes']} bytes{sample}"
    word = f" with payload {data['payload']}" if data["payload"] is not None else ""
    if data["bytes"]:
        word = f" with {8 * data['bytes']} bits of payload"
    return f"{data['kind']}{sample}{word}"


def _emitter(data: Row) -> str:
    if data["kind"] == "spike":
        what = "" if data["payload"] is None else ", its highest or average voltage"
        return f"neuron {data['neuron']} of layer {data['layer']}{what}"
    if data["kind"] == "dma":
        return "the DMA unit"
    if data["kind"] == "sum":
        return "an optimizer"
    return f"the layer above, for neuron {data['neuron']} of layer {data['layer']}"


def _when(data: Row) -> str:
    sent, at = data["sent"], _us(data["sent_q"])
    if sent["cycle"] is None:
        return f"{at} us after the run began"
    begin = "of its wake" if sent["seen"] else "after the tick's nominal begin"
    return f"core cycle {sent['cycle']} {begin}, {at} us after the run began"


def _hop(hop: Row, sent_q: int) -> str:
    wait = hop["start_q"] - hop["arrival_q"]
    behind = f" behind packet {hop['behind_seq']}" if hop["behind_seq"] is not None else ""
    waited = f"waits {_ns(wait)} ns{behind}" if wait else "no wait"
    toward = " ".join(_end(core) for core in hop["toward"])
    return f"    {_ns(hop['arrival_q'] - sent_q):>9}  {hop['channel']:<16} {waited:<32} -> {toward}".rstrip()


def _end(core: int) -> str:
    """Name where a copy goes to."""
    if core >= LINK_CORE:
        return link_name(core - LINK_CORE)
    return str(core) if core else "DRAM"


def _delivered(delivery: Row) -> str:
    if delivery["outcome"] == "no_route":
        return f"  ended at the event router after {_ns(delivery['latency_q'])} ns"
    end = pe_text(delivery["pe"]) if delivery["dst_pe"] else "the DRAM"
    return (
        f"  delivered to {end} after {_ns(delivery['latency_q'])} ns, of which {_ns(delivery['queued_q'])} ns queued, "
        f"{delivery['hops']} hops"
    )


def _consumed(data: Row, delivery: Row) -> str:
    outcome, taken = f"outcome: {delivery['outcome']}", delivery["taken"]
    due = delivery["due_q"]
    margin = (
        ""
        if due is None
        else f" ({_us(abs(due - delivery['delivered_q']))} us {'before' if due >= delivery['delivered_q'] else 'AFTER'} the due tick)"
    )
    if taken:
        how = "" if taken["seen"] else ", by the plan"
        tick = f"{taken['phase']} tick {taken['tick']} of batch {taken['batch']}{how}"
        return f"  consumed in {tick}; {outcome}{margin}"
    if data["kind"] == "dma" or delivery["pe"]["quad"] is None or delivery["outcome"] in ("dropped", "no_route"):
        return f"  {outcome}{margin}"
    return f"  consumed in a tick that this run did not capture (table ticks); {outcome}{margin}"


def _us(quanta: int) -> str:
    return f"{quanta / QUANTA_PER_US:.3f}"


def _ns(quanta: int) -> str:
    return f"{quanta / QUANTA_PER_NS:,.1f}"
