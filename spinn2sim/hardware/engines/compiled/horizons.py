"""How far each chip of a board can be played: up to the instant at which something that is not known yet may arrive there.

A chip's *bound* is an instant before which nothing new sets out to one of its links: the first of what is on the chip already (see
`first_to_leave`), and of what may still come from its neighbours and go on over a link, which is a link's service and latency behind their
bounds. A chip can be played to its *horizon*, so long behind the first bound of the neighbours from which packets can come (`link_flows`).
Bounds are found for all chips at once, so that boards on which nothing crosses links go on to the next wakes at once, and again for each
chip that was played.
"""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.board.shape import N_LINKS
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.state import EngineState, Word, Words
from spinn2sim.hardware.engines.compiled.wake import next_late_wake
from spinn2sim.hardware.program import NO_TRANSFER

kernel = kernels_of(__package__)

# A chip of a board: the instant to which it was played; the first instant at which it has work, the first at which something sets out to a
# link, of all that is on it, and its bound; the place in the ticks of the next one in which packets can be sent over links.
KNOWN, DUE, LEAVES, BOUND, NEXT_TICK = range(5)
# Columns: a cache line.
CHIP_WORDS = 8


@kernel
def first_work(state: EngineState) -> Word:
    """Return the first instant at which anything happens on a chip; 0 if that may be now. Packets in FIFOs wait for a wake."""
    registers, count = state.registers, state.outbox.count[0]
    if registers[at.QUEUED] or registers[at.BURSTS_ENDING] or registers[at.LATE_PES]:
        return 0
    if registers[at.SENDS_SORTED] < count:
        return 0
    return min(registers[at.NEXT_INTERRUPT], first_waiting(state))


@kernel
def first_waiting(state: EngineState) -> Word:
    """Return the instant of the first packet that is sent or comes over a link, of those that are in the sorted outbox or under way."""
    registers, when = state.registers, at.FOREVER
    gone = registers[at.SENDS_GONE]
    if gone < registers[at.SENDS_SORTED]:
        when = registers[at.SENDS_ZERO] + (state.send_key[gone] >> at.ORDERED_TIME_SHIFT)
    if registers[at.DEFAULT_LINE] != at.NO_LINE:
        for link in range(N_LINKS):
            first = registers[at.IN_FIRST + link]
            if first < registers[at.IN_LAST + link]:
                when = min(when, state.link_in[link, first, at.CROSS_TIME])
    return when


@kernel
def first_to_leave(state: EngineState, known: Word, tick: Word) -> Word:
    """Return an instant before which nothing of what is on a chip, played to `known`, sets out to a link.

    `tick` is the next instant at which PEs wake that may send such packets.
    """
    registers = state.registers
    when = min(tick, next_late_wake(state))
    if registers[at.LINK_OPEN]:
        if registers[at.LINK_NEAR] or registers[at.SENDS_SORTED] < state.outbox.count[0]:
            return min(when, known)
        when = min(when, first_leaving(state))
    return when


@kernel
def first_leaving(state: EngineState) -> Word:
    """Return the instant of the first packet that leads to a link, of those that are in the sorted outbox or under way to this chip."""
    registers, when = state.registers, at.FOREVER
    at_entry, last = registers[at.SENDS_GONE], registers[at.SENDS_SORTED]
    while at_entry < last:
        entry = state.send_key[at_entry] & at.ORDERED_ENTRY_MASK
        if state.outbox.transfer[entry] == NO_TRANSFER and state.lines[state.sends[entry, at.SEND_LINE], at.LINE_LINKS]:
            when = registers[at.SENDS_ZERO] + (state.send_key[at_entry] >> at.ORDERED_TIME_SHIFT)
            last = at_entry
        at_entry += 1
    for link in range(N_LINKS):
        row, end = registers[at.IN_FIRST + link], registers[at.IN_LAST + link]
        while row < end and state.link_in[link, row, at.CROSS_TIME] < when:
            if state.lines[state.link_in[link, row, at.CROSS_LINE], at.LINE_LINKS]:
                when = state.link_in[link, row, at.CROSS_TIME]
            row += 1
    return when


@kernel
def look_at(state: EngineState, chip: Words, ticks: Words) -> None:
    """Note of a chip when it has work, and when something sets out to a link, which can be sent at the instants in `ticks`."""
    while chip[NEXT_TICK] < ticks.shape[0] and ticks[chip[NEXT_TICK]] < chip[KNOWN]:
        chip[NEXT_TICK] += 1
    tick = ticks[chip[NEXT_TICK]] if chip[NEXT_TICK] < ticks.shape[0] else at.FOREVER
    chip[DUE] = first_work(state)
    chip[LEAVES] = first_to_leave(state, chip[KNOWN], tick)


@kernel
def find_bounds(chips: Words, passing: Words, lookahead: Word) -> None:
    """Find the bounds of all chips.

    `passing` [chips, links] has the neighbours whose packets may leave a chip again; a negative number is no chip of the table.
    """
    for chip in range(chips.shape[0]):
        chips[chip, BOUND] = chips[chip, LEAVES]
    changed = True
    while changed:
        changed = False
        for chip in range(chips.shape[0]):
            bound = horizon_of(chips, passing, chip, lookahead)
            if bound < chips[chip, BOUND]:
                chips[chip, BOUND] = bound
                changed = True


@kernel
def horizon_of(chips: Words, neighbours: Words, chip: Word, lookahead: Word) -> Word:
    """Return before which instant nothing comes from a chip's `neighbours` [chips, links] by their bounds; FOREVER if it has none."""
    first = at.FOREVER
    for link in range(N_LINKS):
        neighbour = neighbours[chip, link]
        if neighbour >= 0:
            first = min(first, chips[neighbour, BOUND])
    return min(first + lookahead, at.FOREVER)


@kernel
def all_at(chips: Words, end: Word) -> bool:
    """Whether all chips were played to an instant."""
    missing = 0
    for chip in range(chips.shape[0]):
        missing += chips[chip, KNOWN] != end
    return missing == 0


@kernel
def can_go_on(chips: Words, neighbours: Words, first: Word, last: Word, lookahead: Word, end: Word) -> bool:
    """Whether any of the chips [first, last) has work up to its horizon, or can be played to `end`."""
    for chip in range(first, last):
        horizon = min(end, horizon_of(chips, neighbours, chip, lookahead))
        if has_work(chips[chip], horizon, end):
            return True
    return False


@kernel
def has_work(chip: Words, horizon: Word, end: Word) -> bool:
    """Whether a chip is to be played to its horizon: something happens there by then, or it is the `end`."""
    return bool(horizon > chip[KNOWN] and (horizon == end or chip[DUE] <= horizon))


@kernel
def went_to(chips: Words, passing: Words, chip: Word, lookahead: Word, horizon: Word) -> None:
    """Note that a chip was played to its horizon, or has no work before it."""
    row = chips[chip]
    row[KNOWN] = horizon
    row[BOUND] = max(row[BOUND], min(row[LEAVES], horizon_of(chips, passing, chip, lookahead)))
