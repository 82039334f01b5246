"""The firmware image of one run: answers mapping's questions and builds one program per group of a plan; it moves no packet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.by_reference import ByRef
from firmware_models.programs.input import make_source_state, source_cycles, source_regions, source_step
from firmware_models.programs.loss import loss_cycles, loss_regions, loss_step, make_loss_state
from firmware_models.programs.optimizer import make_optimizer_state, optimizer_cycles, optimizer_regions, optimizer_step
from firmware_models.programs.peak_loss import (
    make_peak_loss_state,
    peak_loss_cycles,
    peak_loss_regions,
    peak_loss_step,
)
from firmware_models.programs.population import layer_step
from firmware_models.programs.population_state import layer_cycles, layer_regions, make_layer_state
from firmware_models.programs.readout import readout_step
from firmware_models.programs.readout_state import make_readout_state, readout_cycles, readout_regions
from firmware_models.settings import Settings


@dataclass
class GroupProgram:
    """One group's program: its name, its state (a structure of arrays, one row per PE) and its step kernel."""

    name: str
    rows: int
    outbox_capacity: int
    state: Any
    kernel: Callable[..., None]
    boxes: tuple[Any, Any] | None = None  # the engine's own, as they were last handed over
    refs: tuple[ByRef[Any], ByRef[Any], ByRef[Any]] | None = None  # state, inbox, outbox

    def step(self, pe_first: int, pe_last: int, tick: Any, inbox: Any, outbox: Any, cycles: NDArray[np.int64]) -> None:
        """Run rows [pe_first, pe_last) of this wake."""
        if self.refs is None or self.boxes is None or self.boxes[0] is not inbox or self.boxes[1] is not outbox:
            self.boxes = inbox, outbox
            self.refs = ByRef(self.state), ByRef(inbox), ByRef(outbox)
        state, taken, sent = self.refs
        self.kernel(state, pe_first, pe_last, tick, taken, sent, cycles)


class StandardFirmware:
    """The programs of this project, for one run's settings."""

    def __init__(self, settings: Settings, word_bytes: dict[str, int]) -> None:
        self.settings = settings
        self.word_bytes = word_bytes
        self.weight_bytes = word_bytes["weight"]
        self.send_counts = settings.send_counts

    def regions(self, unit: Any) -> dict[str, int]:
        """SRAM bytes by region name."""
        if unit.program == "input":
            return source_regions(unit.events)
        if unit.program == "lif":
            return layer_regions(self.settings, self.word_bytes, unit.sources, unit.neurons, unit.output)
        if unit.program == "readout":
            return readout_regions(self.settings, self.word_bytes, unit.sources, unit.neurons)
        if unit.program == "loss":
            return loss_regions(self.settings, unit.sources)
        if unit.program == "peak_loss":
            return peak_loss_regions(unit.sources)
        return optimizer_regions(self.settings, self.word_bytes, unit.pre_rows, unit.neurons, unit.slots)

    def worst_cycles(self, unit: Any, phase: int) -> int:
        """The most core cycles of one wake."""
        if unit.program == "input":
            return source_cycles(self.settings.costs, phase, unit.neurons)
        if unit.program == "lif":
            return layer_cycles(
                self.settings, phase, unit.sources, unit.neurons, unit.parts_above, unit.slices, unit.layer, unit.output
            )
        if unit.program == "readout":
            return readout_cycles(self.settings, phase, unit.sources, unit.neurons, unit.slices, unit.layer)
        if unit.program == "loss":
            return loss_cycles(self.settings, phase, unit.sources)
        if unit.program == "peak_loss":
            return peak_loss_cycles(self.settings, phase, unit.sources)
        return optimizer_cycles(self.settings, phase, unit.pre_rows, unit.neurons, unit.slots)

    def build(self, plan: Any) -> list[GroupProgram]:
        """One program per group of the plan, in the plan's order."""
        builders = {
            "input": self._input, "lif": self._layer, "readout": self._readout, "loss": self._loss,
            "peak_loss": self._peak_loss, "optimizer": self._optimizer,
        }  # fmt: skip
        return [builders[group.program](plan, group) for group in plan.groups]

    def _input(self, plan: Any, group: Any) -> GroupProgram:
        c, events = group.columns, group.scalars["events"]
        state = make_source_state(plan.copies, self.settings.costs, _words(c["copy"]), _words(c["transfer"]), events)
        return GroupProgram(group.name, len(group.cores), events + 1, state, source_step)

    def _layer(self, plan: Any, group: Any) -> GroupProgram:
        c, s = group.columns, group.scalars
        state = make_layer_state(
            self.settings, group.layer, s["sources"], bool(s["output"]), _words(c["copy"]), _words(c["first"]), _words(c["size"]),
            _words(c["turn"]), _words(c["transfer"]),
        )  # fmt: skip
        # A backward wake answers the spikes of one step: what one forward wake took from its FIFO. The input layer takes no errors.
        answered = min(state.in_source.shape[1], plan.fifo_capacity) if group.layer > 1 else 0
        per_wake = max(int(state.size.max()), answered) + state.transfer.shape[1] + 1
        return GroupProgram(group.name, len(group.cores), per_wake, state, layer_step)

    def _readout(self, plan: Any, group: Any) -> GroupProgram:
        c = group.columns
        state = make_readout_state(
            self.settings, group.layer, group.scalars["sources"], _words(c["copy"]), _words(c["first"]), _words(c["size"]),
            _words(c["turn"]), _words(c["transfer"]),
        )  # fmt: skip
        answered = min(state.in_source.shape[1], plan.fifo_capacity) if group.layer > 1 else 0
        per_wake = max(int(state.size.max()), answered) + state.transfer.shape[1] + 1
        return GroupProgram(group.name, len(group.cores), per_wake, state, readout_step)

    def _loss(self, plan: Any, group: Any) -> GroupProgram:
        c, n_out = group.columns, group.scalars["sources"]
        state = make_loss_state(
            self.settings,
            plan.copies,
            group.layer,
            n_out,
            _words(c["copy"]),
            _words(c["label_transfer"]),
            _words(c["result_transfer"]),
        )
        return GroupProgram(group.name, len(group.cores), n_out + 2, state, loss_step)

    def _peak_loss(self, plan: Any, group: Any) -> GroupProgram:
        c, n_out = group.columns, group.scalars["sources"]
        if self.settings.softmax is None:
            raise ValueError(f"group {group.name} takes highest voltages, the settings are those of first spikes")
        state = make_peak_loss_state(
            self.settings, self.settings.softmax, plan.copies, group.layer, n_out, _words(c["copy"]),
            _words(c["label_transfer"]), _words(c["result_transfer"]),
        )  # fmt: skip
        return GroupProgram(group.name, len(group.cores), n_out + 2, state, peak_loss_step)

    def _optimizer(self, plan: Any, group: Any) -> GroupProgram:
        c, s = group.columns, group.scalars
        state = make_optimizer_state(
            self.settings, group.layer, plan.copies, s["slots"], s["stride"], _words(c["pre_first"]), _words(c["pre_rows"]),
            _words(c["first"]), _words(c["size"]), _words(c["transfer"]), bool(s["counts"]),
        )  # fmt: skip
        return GroupProgram(group.name, len(group.cores), 2, state, optimizer_step)


def _words(values: Any) -> NDArray[np.int32]:
    """Any integer sequence as int32."""
    return np.ascontiguousarray(values, np.int32)
