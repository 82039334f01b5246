"""docs/how-to/graphs.md, followed from its first block to its last, in reduced size."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from places import ROOT
from spinn2sim import open_run
from spinn2sim.cli.main import commands
from spinn2sim.errors import OutputError
from spinn2sim.training.reporter import RunReporter
from spinn2sim.training.start import resume_run

PAGE = (ROOT / "docs" / "how-to" / "graphs.md").read_text()
FEWER = ["--set", "training.epochs=1"]


@pytest.mark.slow
def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data, the scenario, the commands and the Python of the page work as they stand, and the network learns."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    data, delays, arrays = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (scenario,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    exec(data, names)  # noqa: S102 - the page's own text
    (tmp_path / "sensors.toml").write_text(scenario)
    lines = [re.sub(r" +#.*", "", line).strip() for line in PAGE.splitlines() if line.startswith("    spinn2sim ")]
    assert len(lines) == 6
    for line in lines:
        _, command, *words = shlex.split(line)
        sized = FEWER if command == "run" and "--out" not in words else []
        done = CliRunner().invoke(commands, [command, *words, *sized])
        assert done.exit_code == 0, (line, done.output)
    run = open_run("runs/sensors")
    assert run.metrics[-1]["test_accuracy"] > run.metrics[0]["test_accuracy"] + 0.2
    assert run.summary["losses"] == []
    exec(delays, names)  # noqa: S102
    exec(arrays, names)  # noqa: S102
    assert open_run("runs/arrays").metrics[1]["test_loss"] == run.metrics[1]["test_loss"]
    with pytest.raises(OutputError, match="inputs: found"):
        resume_run(tmp_path / "runs" / "arrays", RunReporter(), overrides={"training.epochs": 2})
