"""How the state of a script's network meets the C structure of firmware_models/c/script.h."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.call_address import kernel_at
from firmware_models.programs import script_models as models
from firmware_models.programs.script_state import RING_SLOTS, SIGNS, SPIKE_LIST, ScriptState

# The kernels that have C, in the order of firmware_models/c/script.h, behind spike lists.
KERNELS = (
    models.lif,
    models.lif_curr_exp,
    models.alif,
    models.lif_prob,
    models.poisson_process,
    models.izhikevich,
    models.lif_fugu,
)
# A synapse as the firmware holds it: |weight| in 8 bits, delay, target.
MOST_WEIGHT, DELAY_SHIFT, TARGET_SHIFT = 255, 8, 16
# Written after a wake by `note_time`, from the cycles that it took.
OF_TIME = frozenset(("packets", "done_q", "busy_until_q"))


def models_of(s: ScriptState) -> list[int | None]:
    """Return the number of each PE's model in script.h, None where it has no C."""
    known: dict[Any, int] = {kernel: number for number, kernel in enumerate(KERNELS, start=1)}
    found: dict[int, int | None] = {int(SPIKE_LIST): 0}
    for address in set(s.update.tolist()) - {int(SPIKE_LIST)}:
        found[address] = known.get(kernel_at(address))
    return [found[address] for address in s.update.tolist()]


def lacks(s: ScriptState) -> Iterator[str]:
    """Yield the models that have no C, by the names of their kernels."""
    for address, model in dict(zip(s.update.tolist(), models_of(s), strict=True)).items():
        if model is None:
            yield f"the neuron model {getattr(kernel_at(address), '__name__', 'of a package')}"
    if np.abs(s.weight).max(initial=0) > MOST_WEIGHT:
        yield f"weights above {MOST_WEIGHT}"


def beside(s: ScriptState) -> dict[str, Any]:
    """Return the fields of the structure that are no fields of the state."""
    return {
        "model": np.array(models_of(s), np.int64),
        "parameters": s.p.shape[1],
        "states": s.x.shape[1],
        "populations": s.base.shape[1],
        "all_neurons": s.fired.shape[1],
        "columns": s.traces.shape[1],
        "synapse": _words(s),
    }


def _words(s: ScriptState) -> NDArray[np.uint32]:
    """Return each synapse as a word. Those of a PE are one block, and the PE of a block has the rows of its sources there."""
    rows = np.repeat(np.arange(len(s.row_first) - 1), np.diff(s.row_first))
    pe_of_row = np.zeros(len(s.row_first) - 1, np.int64)
    for pe, firsts in enumerate(s.base):
        used = np.sort(firsts[firsts >= 0])
        if len(used):
            pe_of_row[used[0] :] = pe
    size = s.size[pe_of_row[rows]] if len(rows) else np.zeros(0, np.int32)
    target = s.target + np.where(s.weight < 0, size, 0)
    words: NDArray[np.int64] = np.abs(s.weight) | s.delay << DELAY_SHIFT | target.astype(np.int64) << TARGET_SHIFT
    return words.astype(np.uint32)


def begins(s: ScriptState) -> dict[str, NDArray[np.int64]]:
    """Return where the parts of PEs begin in the arrays of the network."""
    rows = len(s.update)
    shared = (
        "row_first",
        "synapse",
        "convolution",
        "kernel",
        "spike_tick",
        "spike_neuron",
        "trace_state",
        "trace_column",
        "traces",
    )
    return {
        "p": s.at * s.p.shape[1],
        "x": s.at * s.x.shape[1],
        "ring": s.at * RING_SLOTS * SIGNS,
        "fired": s.at,
        **{name: np.zeros(rows, np.int64) for name in shared},
    }


def note_time(s: ScriptState, row: int, tick: Any, packets: int, cycles: int) -> None:
    """Note the packets of a tick, and when it was done, as firmware_models/programs/script_network.py does."""
    if tick.step >= s.ticks:
        return
    nominal = tick.step * s.period_q
    s.busy_until_q[row] = max(nominal, int(s.busy_until_q[row])) + cycles * s.core_quanta
    s.packets[tick.step, row] = packets
    s.done_q[tick.step, row] = s.busy_until_q[row] - nominal
