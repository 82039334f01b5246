"""The cycle costs of scripts: a set and numbers of one's own, and where the cycles of a run went."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_models.cost import PARTS
from places import ROOT
from spinn2sim.cli.main import commands
from spinn2sim.report.run import open_run
from spinn2sim.trace.sql import Tables

SCRIPT = str(ROOT / "tests" / "fixtures" / "spinnaker2" / "scripts" / "two_inputs.py")


@pytest.mark.parametrize(
    ("given", "each"),
    [((), None), (("--set", "chip.costs=assumed-1"), 28.0), (("--set", "chip.cycles.script_neuron=77.5"), 77.5)],
)
def test_the_cycles_of_a_script_are_all_in_the_table(
    given: tuple[str, ...], each: float | None, tmp_path: Path
) -> None:
    """Whatever the costs are, the rows of `cycles` add up to the busy cycles, and the run says which costs it had."""
    done = CliRunner().invoke(commands, ["script", *given, "--runs", str(tmp_path), SCRIPT])
    assert done.exit_code == 0, done.output
    run = open_run(tmp_path / "two-inputs-1")
    tables = Tables(run.folder)
    (parts,) = tables.rows("SELECT sum(cycle_parts)::BIGINT AS n FROM cycles")
    (busy,) = tables.rows("SELECT sum(busy_cycles)::BIGINT AS n FROM pes")
    assert parts["n"] == PARTS * busy["n"]
    (neuron,) = tables.rows("SELECT cycle_parts / times / 16 AS each FROM cycles WHERE operation = 'script_neuron'")
    assert each is None or neuron["each"] == each
    checked = CliRunner().invoke(commands, ["validate", str(run.folder)])
    assert checked.exit_code == 0, checked.output


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("chip.costs=counter", "chip.costs: found 'counter', allowed is"),
        ("chip.cycles.script_neuron=-1", "chip.cycles.script_neuron: found -1, allowed are 0 to 1000000 cycles"),
        ("chip.cycles.nope=1", "there is no such operation"),
        ("training.epochs=1", "found a key of scenarios, allowed for a script are chip.costs"),
    ],
)
def test_wrong_costs_are_one_line(key: str, said: str) -> None:
    """A set, an operation or a number that there is not is refused before the script runs."""
    done = CliRunner().invoke(commands, ["script", "--set", key, SCRIPT])
    assert done.exit_code != 0
    assert said in str(done.exception)
