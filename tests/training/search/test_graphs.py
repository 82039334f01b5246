"""Sweeps over networks that are any graph: keys of tables, and of single populations and projections."""

from __future__ import annotations

from pathlib import Path

import pytest

import spinn2sim
from graph_scenario import SMALL_GRAPH
from spinn2sim.errors import ScenarioError
from spinn2sim.scenario import load

SWEEP = '[sweep]\nsampler = "random"\ntrials = 2\nepochs = 1\n[space]\n'
LINES = (
    '"optimizer.delay_rate" = { low = 0.05, high = 0.5, log = true }\n'
    '"population.hidden.size" = { low = 8, high = 12 }\n'
    '"projection.hidden->hidden.density" = { low = 0.2, high = 0.8 }\n'
    '"projection.in->hidden.init[0]" = { choices = [2.0, 4.0] }\n'
)
REFUSED = {
    '"population.none.size" = { low = 1, high = 2 }': "found no entry none, allowed is 0 to 2, or in, hidden, out",
    '"population.hidden.sizes" = { low = 1, high = 2 }': "unknown key sizes, allowed are name, size, kind",
    '"projection.in->hidden.init[7]" = { low = 1, high = 2 }': "found no entry [7] in the scenario's projection.in->hidden.init",
    '"population.hidden" = { low = 1, high = 2 }': "found no entry",
}


def written(folder: Path, lines: str) -> tuple[Path, Path]:
    """The scenario and the space, as files."""
    scenario, space = folder / "graph.toml", folder / "space.toml"
    scenario.write_text(SMALL_GRAPH)
    space.write_text(SWEEP + lines)
    return scenario, space


def test_a_sweep_varies_populations_and_projections(tmp_path: Path) -> None:
    """Each trial trains its own draw, and best.toml is the scenario of the best one."""
    result = spinn2sim.sweep(*written(tmp_path, LINES), tmp_path / "sweep")
    rows = result.data["trials"]
    assert [row["state"] for row in rows] == ["complete", "complete"]
    best = load(tmp_path / "sweep" / "best.toml")
    values = next(row["values"] for row in rows if row["trial"] == result.data["best"])
    assert best.population is not None
    assert best.projection is not None
    assert best.population[1].size == values["population.hidden.size"]
    assert best.optimizer.delay_rate == values["optimizer.delay_rate"]
    assert values["projection.hidden->hidden.density"] in [one.density for one in best.projection]


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_no_entry_is_refused(line: str, tmp_path: Path) -> None:
    """An entry or a key of an entry that is not there is refused in one line, before anything is written."""
    with pytest.raises(ScenarioError) as error:
        spinn2sim.sweep(*written(tmp_path, line + "\n"), tmp_path / "sweep")
    assert REFUSED[line] in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "sweep").exists()
