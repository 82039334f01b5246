"""The core cycles of each operation of the programs: sets of numbers that were assumed or counted, as data beside the code.

A set is a JSON file: {"name", "source", "cycles": {KEY: NUMBER, or {"cycles" or "as", "source", "reason"}}}. "as" names a key whose
number is taken. `assumed-1` names every key with its reason; another set names those that it knows, and the rest is assumed.
A reference point: 12 M synaptic events/s per core are at most 25 cycles per event at 300 MHz (chip-paper). A Cortex-M4F issues one
instruction per cycle; a 32 x 32 -> 64 bit multiply takes one, a load two (ARMv7E-M, pipelined loads one), a taken branch two to three.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

# Costs are held as multiples of a sixteenth of a cycle: a cost that was fitted to counts is seldom a whole number.
PARTS = 16
MOST_CYCLES = 1_000_000
HERE = Path(__file__).resolve().parent
# The file of each set.
ASSUMED, COUNTED = "assumed-1", "counted"
SETS = {ASSUMED: HERE / "cost_sets" / "assumed-1.json", COUNTED: HERE / "image" / "costs.json"}
# What no count of instructions shows, for the sets that are not assumed as a whole.
BOARD = HERE / "cost_sets" / "board.json"


class Costs(NamedTuple):
    """Core cycles per operation; a set's entry says why, and where it comes from."""

    tick: float
    tick_load: float
    tick_forward: float
    tick_backward: float
    tick_input: float
    tick_answers: float
    tick_loss: float
    tick_reduce: float
    tick_optimizer: float
    tick_update: float
    tick_exchange: float
    packet: float
    error_packet: float
    send: float
    long_packet: float
    long_send: float
    dma: float
    record: float
    synapse: float
    listed_synapse: float
    delayed_synapse: float
    ring_neuron: float
    sort_delay: float
    neuron: float
    readout_neuron: float
    average_neuron: float
    rest_neuron: float
    fire: float
    adjoint: float
    jump: float
    peak_error: float
    error: float
    error_synapse: float
    listed_error_synapse: float
    delayed_error_synapse: float
    look_delay: float
    gradient_row: float
    gradient_synapse: float
    listed_gradient_synapse: float
    delayed_gradient_synapse: float
    delay_gradient: float
    push: float
    push_synapse: float
    clear_word: float
    loss_output: float
    exp: float
    divide: float
    round: float
    reduce_word: float
    exchange_word: float
    raise_word: float
    penalty_word: float
    guard_neuron: float
    adam_word: float
    sgd_word: float
    clip_word: float
    limit_delay: float
    noise: float
    noise_word: float
    interrupt: float
    register: float
    bank_conflict: float
    branch_refill: float
    accelerator_bus: float
    script_tick: float
    script_packet: float
    script_synapse: float
    script_convolution: float
    script_window_synapse: float
    script_neuron: float
    script_current_neuron: float
    script_adaptive_neuron: float
    script_izhikevich_neuron: float
    script_chance_neuron: float
    script_own_cycle: float
    script_spike: float
    script_record: float


# Operations that are a turn of a loop, with one taken branch, to which `branch_refill` is added.
LOOPS = tuple(
    name
    for name in Costs._fields
    if name.endswith(("synapse", "neuron", "word", "delay"))
    or name in ("adjoint", "peak_error", "delay_gradient", "push")
)
# What no count of instructions shows; these are assumptions in every set.
HARDWARE = ("interrupt", "register", "bank_conflict", "branch_refill", "accelerator_bus")


@dataclass(frozen=True)
class CostEntry:
    """One operation of a set."""

    # A number, or the name of the key whose number it has.
    value: float | str
    # "assumed", "chip-paper", "counted: gcc 12.2 -O2, held-out error 0.5 %", ...
    source: str
    reason: str


def cost_set(name: str) -> Mapping[str, CostEntry]:
    """Read a set. Raises ValueError, in one line, if it is not there or is not a set of costs."""
    if name not in SETS:
        raise ValueError(f"found {name!r}, allowed is {' or '.join(SETS)}")
    return _read_set(SETS[name])


@cache
def _read_set(file: Path) -> Mapping[str, CostEntry]:
    """Read a file. An operation that another set than the assumed one leaves out is taken from the board's, or else from that."""
    below = {BOARD: SETS[ASSUMED], SETS[ASSUMED]: None}.get(file, BOARD)
    assumed = {} if below is None else _read_set(below)
    try:
        tree = json.loads(file.read_text())
    except FileNotFoundError:
        raise ValueError(f"{file.name} is missing: these costs are not part of this installation") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{file.name} is not a set of costs: {error!s:.100}") from None
    cycles = tree.get("cycles") if isinstance(tree, dict) else None
    if not isinstance(cycles, dict):
        raise ValueError(f"{file.name} is not a set of costs: found no table 'cycles'")
    source = str(tree.get("source", "assumed"))
    found = {**assumed, **{key: _entry(file.name, key, entry, source, assumed) for key, entry in cycles.items()}}
    missing = [key for key in Costs._fields if key not in found]
    if missing:
        raise ValueError(f"{file.name} is not a set of costs: {missing[0]} is missing")
    return found


def _entry(file: str, key: str, entry: Any, source: str, reasons: Mapping[str, CostEntry]) -> CostEntry:
    """Check one entry. Raises ValueError, in one line."""
    if key not in Costs._fields:
        raise ValueError(f"{file}: {key!r:.40}: there is no such operation")
    table = entry if isinstance(entry, dict) else {"cycles": entry}
    value: Any = table.get("as", table.get("cycles"))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (0 <= value <= MOST_CYCLES if number else value in Costs._fields and value != key):
        raise ValueError(
            f"{file}: {key}: found {value!r:.40}, allowed is 0 to {MOST_CYCLES} cycles or another operation"
        )
    # Where else an assumed set has these cycles is not true of a number of its own.
    reason = reasons[key].reason.partition(": within ")[0] if key in reasons else ""
    return CostEntry(value, str(table.get("source", source)), str(table.get("reason", reason)))


def resolve(name: str, own: Mapping[str, float | None]) -> dict[str, float]:
    """Return the cycles of every key: a scenario's own number, or else that of the set, which may be that of another key.

    Raises ValueError, in one line.
    """
    entries = cost_set(name)

    def cycles(key: str, hops: int) -> float:
        given = own.get(key)
        value = entries[key].value if given is None else given
        if not isinstance(value, str):
            return value
        if hops > len(entries):
            raise ValueError(f"costs {name}: {key} is the same as itself")
        return cycles(value, hops + 1)

    return {key: cycles(key, 0) for key in Costs._fields}


def make_costs(cycles: Mapping[str, float]) -> Costs:
    """Round each cost to a sixteenth of a cycle; a whole number stays as it is."""
    return Costs(**{key: _rounded(cycles[key]) for key in Costs._fields})


def _rounded(value: float) -> float:
    parts = round(value * PARTS)
    return parts // PARTS if parts % PARTS == 0 else parts / PARTS


def with_refill(costs: Costs) -> Costs:
    """Add branch_refill to each turn of a loop."""
    return costs._replace(**{name: getattr(costs, name) + costs.branch_refill for name in LOOPS})
