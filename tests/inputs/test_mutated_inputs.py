"""Hundreds of changed inputs, the same ones every time: `python tools/fuzz_inputs.py` tries a million, with other seeds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzzing.campaign import Campaign, share_out
from fuzzing.kind import Kind

SEED, INPUTS = 20261128, 800
NAMES = (
    "scenario", "override", "data-npz", "weights-npz", "weights-graph", "case-npz", "packets-csv", "packets-parquet", "images-idx",
    "labels-idx",
    "sound-wav", "spoken-hdf5", "graph-nir", "space", "sql", "run-manifest", "run-weights", "run-provenance", "experiment",
    "experiment-job",
)  # fmt: skip


@pytest.fixture(scope="module")
def campaign(work: Path, kinds: dict[str, Kind]) -> Iterator[Campaign]:
    """A worker process that tries inputs."""
    with Campaign(work, SEED) as running:
        yield running


@pytest.mark.parametrize("name", NAMES)
def test_every_input_is_refused_or_accepted(name: str, campaign: Campaign, kinds: dict[str, Kind]) -> None:
    """Whatever is changed in a valid input, it is refused in one line with nothing written, or accepted, in 2 s and 1 GB."""
    result = campaign.run(kinds[name], share_out(list(kinds.values()), INPUTS)[name])
    assert [f"{found.number}: {found.signature}\n{found.text[-2000:]}" for found in result.findings.values()] == []
    assert result.inputs == result.refused + result.accepted
    assert result.accepted
