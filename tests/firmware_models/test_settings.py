"""What the host compiles into the firmware: exact where it can be, refused where a number cannot be held; it runs nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from firmware_models.settings import make_settings
from tiny_networks import tiny_scenario


def test_no_label_term_however_steep() -> None:
    """With a = 0 the label term is exactly 0 for every b: exp(t/b) is not even computed."""
    for b in (100.0, 1e-3, 1e-300):
        assert not make_settings(tiny_scenario({"loss.a": 0.0, "loss.b_ms": b})).label_table.any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loss.b_ms": 1e-3}, r"^loss\.a or loss\.b_ms makes inf in raw units; allowed is less than 1\.15292e\+18$"),
        ({"loss.a": 1e-300, "loss.b_ms": 0.0165}, r"^loss\.a or loss\.b_ms makes inf in raw units"),
        ({"training.silent_guard": "push", "training.guard_step": 1e12}, r"^training\.guard_step makes 1\.04858e\+20 in"),
        ({"optimizer.beta1": 1 - 1e-9}, r"^optimizer\.beta1 is 0\.999999999, which float32 rounds to 1; allowed is less$"),
        ({"optimizer.beta2": 1 - 1e-9}, r"^optimizer\.beta2 is 0\.999999999, which float32 rounds to 1; allowed is less$"),
        ({"optimizer.epsilon": 1e-50}, r"^optimizer\.epsilon is 1e-50, which float32 rounds to 0; allowed is at least 1\.2e-38$"),
        ({"network.tau_mem_ms": 1e-3}, "decay factor"),
    ],
)  # fmt: skip
def test_number_that_cannot_be_held_is_refused(changes: dict[str, Any], message: str) -> None:
    """A table that would overflow, or a constant with which Adam would divide by zero, is refused before anything runs."""
    with pytest.raises(ValueError, match=message):
        make_settings(tiny_scenario(changes))


def test_tables_and_factors_are_the_nearest_integers() -> None:
    """Label term, 1/xi, decay factors, threshold and push as docs/decisions.md states them, from the default formats."""
    s = make_settings(
        tiny_scenario({"training.silent_guard": "push", "training.guard_step": 1e-4, "network.tau_syn_ms": 9.0})
    )
    a = s.arithmetic
    assert s.loss_fraction == 19
    assert s.label_table.tolist() == [math.floor(2**19 * 1e-4 * math.exp(t / 100) + 0.5) for t in range(13)]
    assert s.inverse_xi == math.floor(2**24 / 1.5 + 0.5)
    assert (a.alpha, a.alpha + a.alpha_complement) == (math.floor(2**32 * math.exp(-1 / 9) + 0.5), 2**32)
    assert (a.beta, a.beta + a.beta_complement) == (math.floor(2**32 * math.exp(-1 / 20) + 0.5), 2**32)
    assert (a.threshold, a.weight_shift, a.error_shift_down, a.error_to_adjoint) == (2**15, 0, 15, 0)
    assert a.push == math.floor(1e-4 * 2**19 / 0.009 + 0.5)
    assert s.gradient_scale == 9.0 / 1000 / (3 * 2**19)
    assert s.exp_table.dtype == s.label_table.dtype == np.int64


def test_default_record_has_room_for_a_spike_in_every_step() -> None:
    """Without mapping.spikes_per_neuron nothing can overflow."""
    assert make_settings(tiny_scenario()).spikes_per_neuron == 12
    assert make_settings(tiny_scenario({"mapping.spikes_per_neuron": 3})).spikes_per_neuron == 3
