"""Which function of the firmware runs each program, what its structure needs beside the state's own fields, and what has no C yet.

To add a program: write firmware_models/c/NAME.c, name its function in firmware_models/board/emulated/image.ld, add a binding here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.input import InputState
from firmware_models.programs.loss import LossState
from firmware_models.programs.optimizer_state import OptimizerState
from firmware_models.programs.population_state import PopulationState
from firmware_models.programs.script_state import ScriptState
from firmware_models.words import BACKWARD
from spinn2sim.emulation import script_binding

Extra = dict[str, Any]


@dataclass(frozen=True)
class Binding:
    """How a program's state meets its C structure."""

    # The function that a wake calls.
    function: str
    # Returns the fields of the structure that are no fields of the state: lengths, and scratch arrays with a row per PE.
    beside: Callable[[Any], Extra]
    # Yields what the state needs and the firmware lacks, each in a few words.
    lacks: Callable[[Any], Iterator[str]]
    # Fields of the state that are scratch, of which a wake leaves what it will.
    scratch: frozenset[str]
    # Is called after a wake with the state, the row, the tick, the packets and the cycles, and writes what is no part of the firmware.
    after: Callable[[Any, int, Any, int, int], None] = lambda s, row, tick, packets, cycles: None
    # Returns where the parts of PEs begin in arrays that hold them one after the other.
    begins: Callable[[Any], Mapping[str, NDArray[np.int64]]] = lambda s: {}


def _lacks_nothing(s: Any) -> Iterator[str]:
    return iter(())


def _optimizer_lacks(s: OptimizerState) -> Iterator[str]:
    if s.exchange.chunks > 0:
        yield "the exchange of sums with other chips"


def _population_lacks(s: PopulationState) -> Iterator[str]:
    if s.first_copy > 0:
        yield "names for the noise of a batch that is spread over chips"


def _population_extra(s: PopulationState) -> Extra:
    rows, n = s.neurons.current.shape
    incoming = s.incoming
    projections = np.stack([incoming.population, incoming.size, incoming.first_row, incoming.takes_errors], axis=1)
    reach = np.where(incoming.delay_max > 0, incoming.delay_max, -1).astype(np.int32)
    line_of_row = incoming.first_delayed - incoming.first_row
    kinds = ("delay_max", "first_delayed", "learns_delays", "axonal", "listed", "first_listed")
    return {
        "stride": s.weight.shape[2],
        "slices": s.transfer.shape[1],
        "projections": len(s.incoming.population),
        "incoming.all": projections,
        "kinds": np.stack([reach, line_of_row, *(getattr(incoming, name) for name in kinds)], axis=1),
        "lists.rows": s.lists.target.shape[1],
        "delays.slots": s.delays.ring.shape[1],
        "delays.rows": s.delays.order.shape[1],
        "delays.gradient_rows": s.delay_gradient.shape[1],
        "delays.axons": s.axon_delay.shape[1],
        "inputs.capacity": s.inputs.neuron.shape[1],
        "own.capacity": s.own.neuron.shape[1],
        "sum": np.zeros((rows, n), np.int32),
        "difference": np.zeros((rows, n), np.int32),
    }


def _readout_extra(s: PopulationState) -> Extra:
    rows, n = s.neurons.current.shape
    # No voltage is above the highest word, so that no neuron of a readout is listed as one that fires.
    never = {"arithmetic.threshold": np.iinfo(np.int32).max, "neurons.fired": np.zeros((rows, n), np.int32)}
    return {**_population_extra(s), **never}


def _optimizer_extra(s: OptimizerState) -> Extra:
    return {"words": s.total.shape[1], "slot_words": s.buffer.shape[2], "masked": int(s.exists.shape[1] > 0)}


def note_probes(s: PopulationState, row: int, tick: Any, packets: int, cycles: int) -> None:
    """Keep both adjoints after the jumps of the spikes of the step after this one, for validation."""
    if tick.phase != BACKWARD:
        return
    spikes = slice(int(s.own.first[row, tick.step + 1]), int(s.own.first[row, tick.step + 2]))
    fired = s.own.neuron[row, spikes]
    s.probe_adjoint[row, spikes] = s.neurons.adjoint[row, fired]
    s.probe_current[row, spikes] = s.neurons.adjoint_current[row, fired]


POPULATION_SCRATCH = frozenset(
    (
        "neurons.total",
        "neurons.fired",
        "neurons.v_slope",
        "received",
        "expects_error",
        "seen",
    )
)
# What a wake was charged; the emulated core counts cycles instead.
LEDGER = frozenset(("ledger.times", "ledger.phase"))
INPUT = Binding("input_wake", lambda s: {}, _lacks_nothing, LEDGER)
# What a delayed spike can reach, and when it acts, is looked up by the firmware, where the simulator notes it.
NOTED = ("reach", "only", "acting", "acting_first", "looks", "listed")
DELAYS = frozenset(f"delays.{name}" for name in NOTED)
POPULATION = Binding("population_wake", _population_extra, _population_lacks, POPULATION_SCRATCH | LEDGER, note_probes)
READOUT = Binding("readout_wake", _readout_extra, _population_lacks, POPULATION_SCRATCH | LEDGER)
GRAPH_POPULATION = Binding(
    "graph_population_wake",
    _population_extra,
    _population_lacks,
    POPULATION_SCRATCH | DELAYS | LEDGER,
    note_probes,
)
GRAPH_READOUT = Binding("graph_readout_wake", _readout_extra, _population_lacks, POPULATION_SCRATCH | DELAYS | LEDGER)
LOSS = Binding(
    "loss_wake", lambda s: {"words": s.value.shape[1]}, _lacks_nothing, frozenset(("exps", "errors")) | LEDGER
)
OPTIMIZER = Binding("optimizer_wake", _optimizer_extra, _optimizer_lacks, LEDGER)
SCRIPT = Binding(
    "script_wake",
    script_binding.beside,
    script_binding.lacks,
    script_binding.OF_TIME | LEDGER,
    script_binding.note_time,
    script_binding.begins,
)
BINDINGS = (INPUT, POPULATION, READOUT, GRAPH_POPULATION, GRAPH_READOUT, LOSS, OPTIMIZER, SCRIPT)


def binding_of(state: Any) -> Binding | None:
    """Return the binding of a program's state; None for a program that has no C."""
    if isinstance(state, PopulationState):
        if state.has_delays or state.has_lists or state.rest_steps > 0:
            return GRAPH_POPULATION if state.spiking else GRAPH_READOUT
        return POPULATION if state.spiking else READOUT
    return {InputState: INPUT, LossState: LOSS, OptimizerState: OPTIMIZER, ScriptState: SCRIPT}.get(type(state))


def lacking(name: str, state: Any) -> list[str]:
    """Return what the firmware lacks for a program, each with the program's name; nothing if it can run it."""
    binding = binding_of(state)
    if binding is None:
        return [f"{name} (a program without C)"]
    return [f"{name} ({what})" for what in binding.lacks(state)]
