"""The limits of the compiled engine, and refusals of plans beyond them, which name the engine that has no such limit.

The limits come from the widths of the fields in `state` and from arrays that hold one row per core.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.engines.compiled import state as at

DType = np.dtype[Any]

# The most entries of all outboxes together at once.
MOST_SENDS = at.ORDERED_ENTRY_MASK + 1
# The most packets that can be open at once.
MOST_PACKETS = at.INDEX_MASK + 1
# The most segments of all paths, and the most stages of all routes.
MOST_SEGMENTS, MOST_ROUTE_STAGES = at.SEGMENT_MASK, at.CURSOR_MASK
# The most flits of a DMA burst.
MOST_FLITS = at.FLITS_MASK
# The most quanta that a packet may wait in a channel.
LONGEST_WAIT_Q = at.TIME_LIMIT


def refusal(text: str) -> ScenarioError:
    """The error for a plan that only the discrete-event engine can play."""
    return ScenarioError(f"compiled engine: {text}; use --engine discrete_event")


def check_groups(cores: Sequence[int]) -> None:
    """Refuse a core that is in two groups. `cores` are those of all groups."""
    if len(set(cores)) < len(cores):
        twice = next(core for core in cores if cores.count(core) > 1)
        raise refusal(f"found PE {twice} in two groups, allowed is one")


def check_phase(name: str, groups: Sequence[int]) -> None:
    """Refuse a phase that wakes a group twice in a tick."""
    if len(set(groups)) < len(groups):
        raise refusal(f"phase {name} wakes a group twice a tick")


def check_outboxes(entries: int) -> None:
    """Refuse programs that together can send more than half of MOST_SENDS entries in an instant: the other half may be left from before."""
    if 2 * entries > MOST_SENDS:
        raise refusal(f"found outboxes of {entries} entries, allowed are {MOST_SENDS // 2}")


def check_sends(entries: int) -> None:
    """Refuse more outbox entries at once than an outbox of twice that size may have."""
    if 2 * entries > MOST_SENDS:
        raise refusal(f"found {entries} sends at once, allowed are {MOST_SENDS}")


def check_packets(packets: int) -> None:
    """Refuse more open packets than there are packet indices."""
    if packets > MOST_PACKETS:
        raise refusal(f"found {packets} packets at once, allowed are {MOST_PACKETS}")


def check_wait(quanta: int) -> None:
    """Refuse a packet that has waited longer than an arrival key can hold."""
    if quanta > LONGEST_WAIT_Q:
        raise refusal("a packet waits for seconds at a full FIFO")


def check_routes(segments: int, stages: int) -> None:
    """Refuse more segments or stages of routes than a copy word can name."""
    if stages > MOST_ROUTE_STAGES or segments > MOST_SEGMENTS:
        found = f"found {segments} segments over {stages} stages"
        raise refusal(f"{found}, allowed are {MOST_SEGMENTS} and {MOST_ROUTE_STAGES}")


def check_flits(transfer: str, flits: int) -> None:
    """Refuse a DMA burst with more flits than a copy word can count."""
    if flits > MOST_FLITS:
        raise refusal(f"transfer {transfer} has {flits} flits, allowed are {MOST_FLITS}")


def check_types(transfer: str, types: Collection[DType]) -> None:
    """Refuse a copy entry whose ends in SRAM have different `types`: bytes are moved without conversion."""
    if len(types) != 1:
        raise refusal(
            f"transfer {transfer} moves between {' and '.join(sorted(map(str, types))) or 'DRAM and DRAM'}, "
            "allowed are equal types, one end at a PE"
        )


def check_dram_type(transfer: str, array: str, found: DType, before: DType) -> None:
    """Refuse a DRAM array that transfers move as words of two types."""
    if found != before:
        raise refusal(f"transfer {transfer}: DRAM array {array}: found types {found} and {before}, allowed is one")


def check_dram_rows(name: str, array: NDArray[Any], type_: DType, words: int) -> None:
    """Refuse a DRAM array whose rows are not at least `words` contiguous words of a type."""
    row = array[:1].reshape(-1)
    if array.dtype != type_ or not array.flags.c_contiguous or (len(array) and len(row) < words):
        raise refusal(
            f"DRAM array {name}: found {array.dtype} {array.shape}, allowed are contiguous rows of at least {words} {type_}"
        )


def send_too_late(core: int, sent_q: int) -> ScenarioError:
    """The error for a program that sends more than at.SEND_DELAY_LIMIT quanta after its wake."""
    return refusal(f"PE {core} sends at {sent_q} q, more than a second after its wake")
