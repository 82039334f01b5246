"""Every name and count that the Python interface takes is checked before anything is read or written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import spinn2sim
from spinn2sim.errors import ScenarioError

WRONG: dict[str, tuple[Callable[[Path], Any], str]] = {
    "run, engine": (
        lambda file: spinn2sim.run(file, engine="nosuch"),
        "engine: found 'nosuch', allowed is 'compiled' or",
    ),
    "train, arithmetic": (
        lambda file: spinn2sim.train(file, arithmetic="Fixed"),  # type: ignore[arg-type]
        "arithmetic: found 'Fixed', allowed is 'float64' or 'fixed'",
    ),
    "train, a type": (lambda file: spinn2sim.train(file, arithmetic=64), "arithmetic: found 64"),  # type: ignore[arg-type]
    "resume, engine": (lambda file: spinn2sim.resume(file.parent, engine="nosuch"), "engine: found 'nosuch'"),
    "validate, engine": (lambda file: spinn2sim.validate(file, engine="nosuch"), "engine: found 'nosuch'"),
    "validate, batches": (lambda file: spinn2sim.validate(file, batches=0), "batches: found 0"),
    "check, arithmetic": (
        lambda file: spinn2sim.check(file, arithmetic="double"),  # type: ignore[arg-type]
        "arithmetic: found 'double'",
    ),
    "traffic, engine": (lambda file: spinn2sim.traffic("uniform", engine="nosuch"), "engine: found 'nosuch'"),
    "sweep, workers": (lambda file: spinn2sim.sweep(file, file, workers=0), "workers: found 0"),
    "sweep, trials": (lambda file: spinn2sim.sweep(file, file, trials=-1), "trials: found -1"),
    "export, spikes": (
        lambda file: spinn2sim.export_run(file.parent, spikes="Dirac"),  # type: ignore[arg-type]
        "spikes: found 'Dirac', allowed is 'step' or 'dirac'",
    ),
    "import, spikes": (
        lambda file: spinn2sim.import_model(file, file.parent, spikes="x"),  # type: ignore[arg-type]
        "spikes: found 'x'",
    ),
    "overrides, a text": (lambda file: spinn2sim.map(file, "seed=3"), "overrides: found 'seed=3'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_name_is_refused(small: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """One error says which argument, what was found and what is allowed, and nothing is written."""
    monkeypatch.chdir(small.parent)
    call, said = WRONG[name]
    with pytest.raises(ScenarioError) as error:
        call(small)
    assert said in str(error.value)
    assert [path.name for path in small.parent.iterdir()] == [small.name]
