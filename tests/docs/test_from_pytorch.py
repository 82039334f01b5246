"""docs/how-to/from-pytorch.md: the module of the page gives the spikes of the reference cases, and weights go both ways."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from places import GOLDEN, ROOT
from spinn2sim.mirror import Mirror, record_batch
from spinn2sim.training.start_values import read_weights
from spinn2sim.validation.case import load_case
from spinn2sim.validation.case_inputs import case_samples, case_scenario

PAGE = ROOT / "docs" / "how-to" / "from-pytorch.md"


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """What the page's code defines."""
    pytest.importorskip("torch")
    names: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        if not code.startswith("# not run"):
            exec(code, names)  # noqa: S102 - the page's own code
    return names


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.npz")), ids=lambda path: path.stem)
def test_spikes_and_weights(page: dict[str, Any], tmp_path: Path, path: Path) -> None:
    """Every spike is that of the case and of the mirror; weights that were written and read are the same."""
    case = load_case(path)
    neurons = {"dt_ms": case.dt * 1000, "tau_mem_ms": case.tau_mem * 1000, "tau_syn_ms": case.tau_syn * 1000}
    model = page["make_model"](case.sizes, threshold=case.threshold, **neurons)
    page["load_weights"](model, case.weights)
    spikes = page["torch"].from_numpy(case.input_spikes.astype(np.float64))
    mirror = Mirror(case_scenario(case), case.graph, case.weights, "float64")
    record = record_batch(mirror, case_samples(case), np.arange(case.batch))
    for k, layer in enumerate(model):
        spikes = layer(spikes)
        np.testing.assert_array_equal(spikes.detach().numpy(), record.spikes[k])
        if f"spikes_{k}" in case.expected:
            np.testing.assert_array_equal(spikes.detach().numpy(), case.expected[f"spikes_{k}"])
    page["save_weights"](tmp_path / "mine.npz", model)
    for found, wanted in zip(read_weights(tmp_path / "mine.npz"), case.weights, strict=True):
        np.testing.assert_array_equal(found, wanted)
