"""The command `import`, which makes a scenario, or a script, of another program's network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, SPIKES, output_options, set_option
from spinn2sim.cli.output import show

if TYPE_CHECKING:
    from spinn2sim.scenario.keys import Scenario
    from spinn2sim.spinnaker2.import_graph import Imported

MOST_NAMED = 8


@click.command("import")
@click.argument("file", type=PATH)
@click.option("--out", type=PATH, required=True, metavar="DIR", help="Folder for what is written, new or empty.")
@click.option("--like", type=PATH, metavar="SCENARIO", help="Data, loss, optimizer and the rest as in this scenario.")
@click.option("--spikes", type=SPIKES, help="What a spike is in the graph; default: as the file says, else step.")
@set_option
@output_options
def import_command(
    file: Path, out: Path, like: Path | None, spikes: Any, overrides: tuple[str, ...], as_json: bool
) -> None:
    """Make a network to run and, if it can be trained, a scenario from a NIR graph; or a scenario from an npz of weights with --like.

    A graph becomes run.py and network.nir, for `spinn2sim script`, and scenario.toml and weights.npz, for `spinn2sim run`. With --like,
    --spikes or --set of more than the time step, a graph that cannot be trained is refused.

    Example: spinn2sim import yinyang.nir --out imported --set training.epochs=5 && spinn2sim run imported/scenario.toml
    """
    if file.suffix == ".npz":
        from spinn2sim.spinnaker2.import_graph import Imported

        found = Imported(*api.import_model(file, out, like, overrides, spikes), "", "npz")
    else:
        from spinn2sim.training.exchange.convert import naming_the_missing_package

        with naming_the_missing_package():
            from spinn2sim.spinnaker2.import_graph import import_graph

            found = import_graph(file, out, like, overrides, spikes)
    show(*_told(found), as_json)


def _layers(scenario: Scenario) -> str:
    """Name the hidden layers of a chain, or the populations of a graph with their sizes, the first of many."""
    if not scenario.is_graph:
        return f"hidden {list(scenario.network.hidden or ())}"
    populations = [f"{p.name} ({p.size})" for p in scenario.population or ()]
    more = [f"{len(populations) - MOST_NAMED} more"] if len(populations) > MOST_NAMED else []
    projections = len(scenario.projection or ())
    return f"populations {', '.join([*populations[:MOST_NAMED], *more])}; {projections} projections"


def _told(found: Imported) -> tuple[dict[str, Any], list[str]]:
    """Return what was written, as data and as lines."""
    from spinn2sim.spinnaker2.graph_script import GRAPH, SCRIPT
    from spinn2sim.trace import run_directory

    data: dict[str, Any] = {}
    lines: list[str] = []
    if found.scenario is not None:
        network, path = found.scenario.network, str(found.folder / run_directory.SCENARIO)
        data = {"scenario": path, "weights": str(found.folder / run_directory.WEIGHTS), "network": vars(network)}
        times = f"tau_mem {network.tau_mem_ms:g} ms, tau_syn {network.tau_syn_ms:g} ms, dt {network.dt_ms:g} ms"
        lines += [
            f"written: {path}",
            f"{_layers(found.scenario)}, {times}, threshold {network.threshold:g}; next: spinn2sim run {path}",
        ]
    else:
        data["not_to_train"] = found.not_to_train
    if not found.not_to_run:
        script = str(found.folder / SCRIPT)
        data |= {"script": script, "graph": str(found.folder / GRAPH)}
        lines += [f"written: {script}; next: spinn2sim script {script}"]
    elif found.not_to_run != "npz":
        data["not_to_run"] = found.not_to_run
        lines += [f"no {SCRIPT}: {found.not_to_run}"]
    if found.not_to_train:
        lines += [f"no {run_directory.SCENARIO}: {found.not_to_train}"]
    return data, lines
