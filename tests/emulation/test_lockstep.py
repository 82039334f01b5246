"""The committed firmware image against the numba programs: every wake from the same state, every array, packet and counter."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmwares.any_wakes import play_any_wakes
from firmwares.draws import FORMATS, GUARDS, LOSSES, Drawn, play_batch
from firmwares.lockstep import BitsDifferError, in_lockstep
from firmwares.planted import with_code_fault
from places import ROOT
from spinn2sim.emulation.firmware_file import shipped
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training import on_chip_trainer, played_chips
from spinn2sim.training.run_inputs import load_run_inputs

DRAWS = st.builds(
    Drawn,
    seed=st.integers(0, 2**32 - 1),
    hidden=st.lists(st.integers(1, 18), min_size=1, max_size=2).map(tuple),
    inputs=st.integers(1, 6),
    outputs=st.integers(2, 5),
    steps=st.integers(4, 14),
    copies=st.integers(1, 2),
    neurons_per_pe=st.integers(3, 20),
    formats=st.sampled_from(FORMATS),
    tau_mem_ms=st.sampled_from([20.0, 0.8, 3.0]),
    tau_syn_ms=st.sampled_from([5.0, 0.7, 30.0]),
    strength=st.sampled_from([1.0, 8.0, 60.0]),
    extreme=st.booleans(),
    tick_us=st.sampled_from([0.0, 3.0]),
    keys=st.fixed_dictionaries(
        {
            "optimizer.kind": st.sampled_from(['"adam"', '"sgd"']),
            "optimizer.master": st.sampled_from(["true", "false"]),
            "numerics.error_shift": st.sampled_from(["0", "4"]),
            "numerics.rounding": st.sampled_from(['"nearest"', '"stochastic"']),
        },
        optional={"optimizer.clip": st.just("0.001"), "optimizer.weight_decay": st.just("0.01")},
    ),
)
# The losses with the guards that they allow.
ANSWERS = st.sampled_from(
    [(loss, guard) for loss in LOSSES for guard in GUARDS if guard != "push" or loss == "first_spike"]
)
# A chip on which everything happens that the faults below change: four groups of four neurons, and one more neuron.
BUSY = Drawn(seed=1, hidden=(17,), neurons_per_pe=17, copies=2, strength=8.0, steps=20)


@pytest.mark.parametrize(
    ("name", "wakes"), [("yinyang", 3727), ("split", 7883), pytest.param("digits", 6281, marks=pytest.mark.slow)]
)
def test_a_batch_of_a_scenario_is_the_same_in_c(name: str, wakes: int) -> None:
    """The firmware computes a whole training batch of a shipped scenario, bit for bit, in each of its wakes."""
    if name == "digits":
        pytest.importorskip("sklearn")
    inputs = load_run_inputs(ROOT / "scenarios" / f"{name}.toml")
    with mock.patch.object(played_chips, "programs_of_engine", lambda engine, programs: in_lockstep(programs)):
        trainer = on_chip_trainer.OnChipTrainer(inputs, engine="discrete_event")
    trainer.train(1, epoch_order(inputs.scenario.seed, 1, len(inputs.train)), batches=1)
    assert sum(program.compared for program in trainer.programs) == wakes


@settings(max_examples=5, deadline=None)
@given(drawn=DRAWS, answers=ANSWERS)
def test_a_drawn_network_trains_the_same_in_c(drawn: Drawn, answers: tuple[str, str]) -> None:
    """Losses, sizes, formats, time constants, optimizers, guards, words at the ends of formats and lost ticks change nothing of that."""
    assert play_batch(replace(drawn, loss=answers[0], guard=answers[1])) > 0


@settings(max_examples=5, deadline=None)
@given(drawn=DRAWS, answers=ANSWERS)
def test_wakes_that_nobody_planned_are_the_same_in_c(drawn: Drawn, answers: tuple[str, str]) -> None:
    """Any tick with any packets, on a state of any words, does in C what it does in numba."""
    assert play_any_wakes(replace(drawn, loss=answers[0], guard=answers[1]), 12) > 0


@pytest.mark.parametrize(
    ("function", "instruction", "bit"),
    [("decay_fours", "smmlsr", 20), ("integrate_fours", "smmlar", 20), ("add_gradient_rows", "sbc", 16)],
    ids=["an adjoint is not rounded", "a voltage is not rounded", "a gradient takes another register"],
)
def test_a_changed_bit_of_the_code_is_found(function: str, instruction: str, bit: int) -> None:
    """An image of which one instruction is another one does not pass: the comparison looks at what it says it looks at."""
    changed = with_code_fault(shipped(), function, instruction, bit)
    with pytest.raises(BitsDifferError):
        play_batch(BUSY, changed)
