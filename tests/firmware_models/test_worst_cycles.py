"""The bound on core cycles that sizes ticks, against what programs report wake by wake; time itself is not looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from firmware_models.cost import Costs
from spinn2sim.hardware.packet import Phase
from spinn2sim.hardware.plan import Group, Plan
from spinn2sim.hardware.program import NO_TRANSFER, Unit
from spinn2sim.scenario.keys import Loss
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from tiny_networks import tiny_chip

READOUT = Loss(kind="max_voltage", temperature=0.5)
CASES: dict[str, dict[str, Any]] = {
    "whole layers": {},
    "cut, push": {"mapping.neurons_per_pe": 2, "training.silent_guard": "push", "training.guard_step": 1e-3},
    "uneven, raise, rounds": {
        "mapping.pes_per_layer": (2, 4, 1, 2), "mapping.reduce_rounds": 2,
        "training.silent_guard": "raise_weights", "training.guard_step": 0.05,
    },
    "rests": {"network.refractory_steps": 2},
    "sgd": {"optimizer.kind": "sgd", "mapping.neurons_per_pe": 5},
    "rate, clip": {
        "training.silent_guard": "rate", "training.guard_step": 1e-4, "training.rate_range": (1.0, 1.0), "optimizer.clip": 1e-6,
        "mapping.reduce_rounds": 2,
    },
    "every cost apart": {
        **{f"chip.cycles.{name}": 1 + number / 16 for number, name in enumerate(Costs._fields)},
        "training.silent_guard": "push", "training.guard_step": 1e-3, "numerics.rounding": "stochastic",
    },
    "readout": {"loss": READOUT, "training.silent_guard": "raise_weights", "training.guard_step": 0.05},
    "readout, cut": {"loss": READOUT, "mapping.neurons_per_pe": 2, "mapping.reduce_rounds": 2},
}  # fmt: skip


def unit_of(plan: Plan, group: Group, row: int) -> Unit:
    """What the PE of a row holds, from the plan's columns."""
    c = group.columns
    if group.program == "input":
        return Unit("input", neurons=c["size"][row], events=group.scalars["events"])
    if group.program in ("loss", "peak_loss"):
        return Unit(group.program, sources=group.scalars["sources"])
    if group.program == "optimizer":
        return Unit("optimizer", neurons=c["size"][row], pre_rows=c["pre_rows"][row], slots=group.scalars["slots"])
    above = sum(1 for s in plan.shares if s.layer == group.layer + 1 and s.copy == c["copy"][row])
    sources = sum(one.size for one in group.incoming)
    slices = sum(1 for number in c["transfer"][row] if number != NO_TRANSFER)
    return Unit(
        group.program,
        sources=sources,
        neurons=c["size"][row],
        error_sources=sources if group.layer > 1 else 0,
        output=bool(group.scalars["output"]),
        rests=group.scalars["refractory_steps"] > 0,
        error_senders=above,
        slices=slices,
    )


def watched(chip: OnChipTrainer) -> list[tuple[str, int, int, int]]:
    """Makes the chip note (program, phase, cycles, bound) of every PE's wake; the list fills while it runs."""
    firmware = make_firmware(chip.scenario)
    seen: list[tuple[str, int, int, int]] = []

    def watch(group: Group, step: Callable[..., None]) -> Callable[..., None]:
        units = [unit_of(chip.plan, group, row) for row in range(len(group.cores))]

        def stepped(state: Any, first: int, last: int, tick: Any, inbox: Any, outbox: Any, cycles: Any) -> None:
            begun = int(outbox.count[0])
            step(state, first, last, tick, inbox, outbox, cycles)
            for row in range(first, last):
                bound = firmware.worst_cycles(units[row], tick.phase)
                seen.append((group.program, tick.phase, int(cycles[row]), bound))
            count = int(outbox.count[0])
            late = outbox.cycle[begun:count] > cycles[outbox.row[begun:count]]
            assert not late.any(), "a packet leaves after its wake has ended"

        return stepped

    for group, program in zip(chip.plan.groups, chip.programs, strict=True):
        program.kernel = watch(group, program.kernel)
    return seen


@pytest.mark.parametrize("case", CASES)
def test_no_wake_takes_longer_than_its_bound(case: str) -> None:
    """With strong weights, where whole layers fire at once, no wake of any phase exceeds worst_cycles; what is fixed meets it."""
    meets = set()
    for seed in (2, 3):
        chip = tiny_chip(CASES[case], samples=9, seed=seed)
        strong = [np.abs(w) * (3 if k == 0 else 1.5) for k, w in enumerate(chip.weights)]
        chip.set_weights(strong)
        seen = watched(chip)
        chip.train(1, np.arange(9))
        chip.evaluate(1)
        over = [wake for wake in seen if wake[2] > wake[3]]
        assert not over
        meets |= {(program, phase) for program, phase, cycles, bound in seen if cycles == bound}
    # Loading, clearing and sending gradients cost the same in every batch: there the bound is no estimate.
    fixed = {
        ("input", Phase.LOAD),
        ("lif", Phase.LOAD),
        ("optimizer", Phase.LOAD),
        ("lif", Phase.REDUCE),
    }
    if "readout" in case:
        fixed |= {("readout", Phase.LOAD), ("peak_loss", Phase.LOAD), ("readout", Phase.REDUCE)}
    else:
        fixed |= {("loss", Phase.LOAD)}
    assert fixed <= meets


def test_bound_is_met_when_everything_happens_at_once() -> None:
    """One wake in which every source fires and every neuron does costs exactly the bound of the forward phase."""
    chip = tiny_chip({"network.steps": 12}, samples=3)
    chip.set_weights([np.full(w.shape, 40.0) for w in chip.weights])
    data = chip.inputs.train
    data.step[:] = 0
    seen = watched(chip)
    chip.train(1, np.arange(3))
    assert ("lif", Phase.FORWARD) in {(program, phase) for program, phase, cycles, bound in seen if cycles == bound}
    assert max(cycles / bound for _, _, cycles, bound in seen) == 1.0
