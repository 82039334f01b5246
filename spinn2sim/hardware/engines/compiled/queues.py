"""The queues of packet copies in front of the stages, and how long they have been."""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.state import Bytes, EngineState, Word, Words

kernel = kernels_of(__package__)


@kernel
def enqueue(
    stages: Words, waiting: Bytes, arrival_key: Words, copy_word: Words, onto: Word, key: Word, word: Word
) -> None:
    """Queue a packet copy at stage `onto`, where it arrives at the time of `key`."""
    end = stages[onto, at.STAGE_QUEUED]
    arrival_key[onto, end] = key
    copy_word[onto, end] = word
    if end and arrival_key[onto, end - 1] > key:
        stages[onto, at.STAGE_UNSORTED] = 1
    stages[onto, at.STAGE_QUEUED] = end + 1
    waiting[onto] = 1


@kernel
def keep_unserved(state: EngineState, stage: Word, done: Word, count: Word) -> None:
    """Move the packet copies that are not served yet to the front of a stage's queue."""
    if done < count:
        keys, words = state.arrival_key[stage], state.copy_word[stage]
        for i in range(count - done):
            keys[i] = keys[done + i]
            words[i] = words[done + i]
    state.stage[stage, at.STAGE_QUEUED] = count - done
    state.waiting[stage] = count > done


@kernel
def nothing_queued(state: EngineState) -> bool:
    """Whether no packet copy is queued at any stage."""
    waiting, found = state.waiting, 0
    for stage in range(waiting.size):
        found |= waiting[stage]
    return found == 0


@kernel
def note_wait(row: Words, starts: Words, arrival: Word, start: Word) -> None:
    """Update the longest queue of a stage: a packet copy that arrives at `arrival` waits until `start`.

    `starts` holds the start of each service that had to wait. They rise, so the copies that no longer wait at `arrival` come first. They
    are forgotten, and the others move to the front, when they are the greater part.
    """
    first, last = row[at.STAGE_WAIT_FIRST], row[at.STAGE_WAIT_LAST]
    starts[last] = start
    last += 1
    while starts[first] <= arrival:
        first += 1
    row[at.STAGE_LONGEST] = max(row[at.STAGE_LONGEST], last - first)
    if 2 * first > last or (first and last == starts.size):
        last -= first
        for i in range(last):
            starts[i] = starts[first + i]
        first = 0
    row[at.STAGE_WAIT_FIRST], row[at.STAGE_WAIT_LAST] = first, last


@kernel
def count_waiting(row: Words, starts: Words, now: Word) -> Word:
    """Count the packet copies that still wait at a stage at `now`."""
    first, last = row[at.STAGE_WAIT_FIRST], row[at.STAGE_WAIT_LAST]
    while first < last and starts[first] <= now:
        first += 1
    row[at.STAGE_WAIT_FIRST] = first
    return last - first
