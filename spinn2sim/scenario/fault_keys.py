"""[faults]: what is broken on the chip, or breaks during a run. Without this table the chip is healthy.

An instant is the last three numbers of an entry: the epoch, the batch in the epoch's first part (training; in epoch 0 the test), and the
tick as the trace numbers it, -1 for loading. docs/reference/chip-faults.md says where each fault acts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from annotated_types import Ge, Le, Len, Lt

from spinn2sim.hardware import facts
from spinn2sim.scenario.dead_part_keys import DeadPartKeys

Rate = Annotated[float, Ge(0), Le(1)]
Pe = Annotated[int, Ge(1), Le(facts.N_CORES)]
Epoch = Annotated[int, Ge(0), Le(100_000)]
Batch = Annotated[int, Ge(0), Le(10_000_000)]
Tick = Annotated[int, Ge(-1), Le(1_000_000)]
Word = Annotated[int, Ge(0), Lt(facts.SRAM_BYTES // 4)]
Line = Annotated[int, Ge(0), Lt(facts.ROUTER_ENTRIES)]
ChannelName = Annotated[str, Len(1, 40)]


@dataclass(frozen=True)
class Faults(DeadPartKeys):
    """[faults]: rates are probabilities, drawn by a hash that counts; lists name one fault each."""

    # Together with the scenario's seed, what the rates draw from.
    seed: Annotated[int, Ge(0), Lt(2**63)] = 0
    # Of each delivery of a packet to a PE: it is lost, or comes twice.
    drop_rate: Rate = 0.0
    double_rate: Rate = 0.0
    # Of each packet that leaves a PE: one bit of its key, or of its payload if it has one, is flipped.
    key_flip_rate: Rate = 0.0
    payload_flip_rate: Rate = 0.0
    # Of each PE that is used, in each batch: one bit of its SRAM is flipped, in some tick.
    sram_flip_rate: Rate = 0.0
    # In each batch: one bit of one line of the event router's table is flipped, in some tick.
    table_flip_rate: Rate = 0.0
    # (PE, word, bit, epoch, batch, tick)
    sram_flips: tuple[tuple[Pe, Word, Annotated[int, Ge(0), Lt(32)], Epoch, Batch, Tick], ...] = ()
    # (line, bit, epoch, batch, tick): bits 0 to 31 are those of the key, 32 to 63 those of the mask
    table_flips: tuple[tuple[Line, Annotated[int, Ge(0), Lt(64)], Epoch, Batch, Tick], ...] = ()
    # (PE, epoch, batch, tick): from then on it does not wake
    hung_pes: tuple[tuple[Pe, Epoch, Batch, Tick], ...] = ()
    # (PE, parts per million): how much slower its clock is, or faster if this is negative
    clock_drift_ppm: tuple[tuple[Pe, Annotated[float, Ge(-100_000), Le(100_000)]], ...] = ()
    # (name of the channel, epoch, batch, tick): from then on it carries nothing
    channels_down: tuple[tuple[ChannelName, Epoch, Batch, Tick], ...] = ()

    @property
    def has_dynamic(self) -> bool:
        """Whether anything breaks during the run."""
        return bool(self.dynamic_keys)

    @property
    def dynamic_keys(self) -> tuple[str, ...]:
        """The names of the keys by which something breaks during the run, for messages."""
        return tuple(key for key in DYNAMIC_KEYS if getattr(self, key))

    def without_dynamic(self) -> Faults:
        """Return the faults of a chip of which nothing breaks during the run; what is dead from the start stays."""
        return replace(self, **{key: getattr(HEALTHY, key) for key in DYNAMIC_KEYS})


HEALTHY = Faults()
DYNAMIC_KEYS = (
    "drop_rate", "double_rate", "key_flip_rate", "payload_flip_rate", "sram_flip_rate", "table_flip_rate",
    "sram_flips", "table_flips", "hung_pes", "clock_drift_ppm", "channels_down",
)  # fmt: skip
