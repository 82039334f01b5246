"""The command `import`, which makes a scenario from another program's network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, SPIKES, output_options, set_option
from spinn2sim.cli.output import show


@click.command("import")
@click.argument("file", type=PATH)
@click.option(
    "--out", type=PATH, required=True, metavar="DIR", help="Folder for scenario.toml and weights.npz, new or empty."
)
@click.option("--like", type=PATH, metavar="SCENARIO", help="Data, loss, optimizer and the rest as in this scenario.")
@click.option("--spikes", type=SPIKES, help="What a spike is in the graph; default: as the file says, else step.")
@set_option
@output_options
def import_command(
    file: Path, out: Path, like: Path | None, spikes: Any, overrides: tuple[str, ...], as_json: bool
) -> None:
    """Make a scenario from a NIR graph (Linear or Affine, CubaLIF or LIF, in a row), or from an npz of weights with --like.

    Example: spinn2sim import yinyang.nir --out imported --set training.epochs=5 && spinn2sim run imported/scenario.toml
    """
    from spinn2sim.trace import run_directory

    folder, scenario = api.import_model(file, out, like, overrides, spikes)
    network, path = scenario.network, str(folder / run_directory.SCENARIO)
    data = {"scenario": path, "weights": str(folder / run_directory.WEIGHTS), "network": vars(network)}
    times = f"tau_mem {network.tau_mem_ms:g} ms, tau_syn {network.tau_syn_ms:g} ms, dt {network.dt_ms:g} ms"
    show(
        data,
        [
            f"written: {path}",
            f"hidden {list(network.hidden or ())}, {times}, threshold {network.threshold:g}; next: spinn2sim run {path}",
        ],
        as_json,
    )
