"""The firmware of a scenario: which keys reach it, and what is refused because no PE can do it."""

from __future__ import annotations

import pytest

from firmware_models.firmware_options import FirstSpikeOptions, GuardOptions, MaxOverTimeOptions
from spinn2sim.errors import ScenarioError
from spinn2sim.scenario.keys import Loss
from spinn2sim.training.firmware_of_scenario import firmware_options, make_firmware
from tiny_networks import tiny_scenario


def test_default_record_has_room_for_a_spike_in_every_step() -> None:
    """Without mapping.spikes_per_neuron nothing can overflow."""
    assert firmware_options(tiny_scenario()).spikes_per_neuron == 12
    assert firmware_options(tiny_scenario({"mapping.spikes_per_neuron": 3})).spikes_per_neuron == 3


def test_each_kind_of_loss_has_its_options() -> None:
    """A loss of first spikes has time constants; a loss of highest voltages has a temperature, by default 1."""
    assert firmware_options(tiny_scenario()).loss == FirstSpikeOptions(1.5, 0.01, 100.0)
    assert firmware_options(tiny_scenario({"loss": Loss(kind="max_voltage")})).loss == MaxOverTimeOptions(1.0)


def test_formats_and_guard_are_the_scenarios() -> None:
    """The format of each quantity, and the guard's step and range, are those of the scenario."""
    changes = {"numerics.weight": "s3.8", "numerics.rounding": "stochastic", "training.silent_guard": "rate",
               "training.guard_step": 0.5, "training.rate_range": (0.1, 2.0)}  # fmt: skip
    options = firmware_options(tiny_scenario(changes))
    assert [str(f) for f in (options.numerics.weight, options.numerics.state)] == ["s3.8", "s16.15"]
    assert options.numerics.stochastic
    assert options.guard == GuardOptions("rate", 0.5, (0.1, 2.0))


def test_a_limit_on_the_norm_is_refused() -> None:
    """No PE sees the gradients of all weights, so a scenario with optimizer.clip_norm is refused by its key."""
    with pytest.raises(ScenarioError, match=r"^optimizer\.clip_norm: found 3e-05, allowed on the chip is none"):
        make_firmware(tiny_scenario({"optimizer.clip_norm": 3e-5}))


def test_a_number_that_no_pe_can_hold_is_refused_by_its_key() -> None:
    """What the firmware cannot hold reaches the user as an error of the scenario."""
    with pytest.raises(ScenarioError, match=r"^optimizer\.beta1 is 0\.999999999, which float32 rounds to 1"):
        make_firmware(tiny_scenario({"optimizer.beta1": 1 - 1e-9}))
