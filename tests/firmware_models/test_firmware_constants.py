"""What the host compiles into the firmware: exact where it can be, refused where a number cannot be held; it runs nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from firmware_cases import constants
from firmware_models.firmware_options import MaxOverTimeOptions
from firmware_models.qformat import QFormat


def test_no_label_term_however_steep() -> None:
    """With a = 0 the label term is exactly 0 for every b: exp(t/b) is not even computed."""
    for b in (100.0, 1e-3, 1e-300):
        assert not constants({"loss.a": 0.0, "loss.b_ms": b}).loss.label_table.any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loss.b_ms": 1e-3}, r"^loss\.a or loss\.b_ms makes inf in raw units; allowed is less than 1\.15292e\+18$"),
        ({"loss.a": 1e-300, "loss.b_ms": 0.0165}, r"^loss\.a or loss\.b_ms makes inf in raw units"),
        ({"guard.kind": "push", "guard.step": 1e12}, r"^training\.guard_step makes 1\.04858e\+20 in"),
        ({"optimizer.beta1": 1 - 1e-9}, r"^optimizer\.beta1 is 0\.999999999, which float32 rounds to 1; allowed is less$"),
        ({"optimizer.beta2": 1 - 1e-9}, r"^optimizer\.beta2 is 0\.999999999, which float32 rounds to 1; allowed is less$"),
        ({"optimizer.epsilon": 1e-50}, r"^optimizer\.epsilon is 1e-50, which float32 rounds to 0; allowed is at least 1\.2e-38$"),
        ({"neuron.tau_mem_ms": 1e-3}, "decay factor"),
    ],
)  # fmt: skip
def test_number_that_cannot_be_held_is_refused(changes: dict[str, Any], message: str) -> None:
    """A table that would overflow, or a constant with which Adam would divide by zero, is refused before anything runs."""
    with pytest.raises(ValueError, match=message):
        constants(changes)


def test_tables_and_factors_are_the_nearest_integers() -> None:
    """Label term, 1/xi, decay factors, threshold and push as docs/reference/equations.md states them, from the default formats."""
    c = constants({"guard.kind": "push", "guard.step": 1e-4, "neuron.tau_syn_ms": 9.0})
    a, loss = c.arithmetic, c.loss
    assert loss.fraction == 19
    assert loss.label_table.tolist() == [math.floor(2**19 * 1e-4 * math.exp(t / 100) + 0.5) for t in range(13)]
    assert loss.gain.tolist() == [math.floor(2**24 / 1.5 + 0.5)]
    assert a.alpha == math.floor(2**32 * math.exp(-1 / 9) + 0.5)
    assert a.beta == math.floor(2**32 * math.exp(-1 / 20) + 0.5)
    assert (a.threshold, a.weight_to_state_shift) == (2**15, 0)
    assert (a.product_to_error_shift, a.error_to_adjoint_shift) == (15, 0)
    assert c.neuron.push == math.floor(1e-4 * 2**19 / 0.009 + 0.5)
    assert c.neuron.weight_scale == np.float32(9.0 / 1000 / (3 * 2**19))
    assert loss.exp_table.dtype == loss.label_table.dtype == np.int64


def test_words_take_the_bytes_of_their_format() -> None:
    """A quantity takes 1, 2 or 4 bytes of SRAM a word, as its own format says."""
    c = constants({"numerics.weight": QFormat(3, 4), "numerics.error": QFormat(5, 8)})
    assert (c.word_bytes.weight, c.word_bytes.state, c.word_bytes.adjoint, c.word_bytes.error) == (1, 4, 4, 2)
    assert (c.weight_format.fraction, c.weight_format.low, c.weight_format.high) == (4, -128, 127)


def test_max_over_time_constants_are_the_nearest_integers() -> None:
    """1 / temperature and the gain as docs/reference/equations.md states them; a readout's loss has no tables."""
    c = constants({"loss": MaxOverTimeOptions(0.25)}).loss
    gain = math.expm1(-1 / 20) / math.expm1(-1 / 5) / 5 / 0.25
    assert (c.max_over_time, c.inverse_temperature, c.state_fraction) == (True, 4 * 2**24, 15)
    assert abs(c.gain[0] - gain * 2**24) <= 0.51
    assert len(c.exp_table) == len(c.label_table) == 0
