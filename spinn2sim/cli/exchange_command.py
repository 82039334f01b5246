"""The commands `export` and `import`: their options and what they say; they convert nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinn2sim.cli.options import PATH, reporting, show

spiking = click.Choice(["step", "dirac"])


@click.command("export")
@click.argument("run", type=PATH)
@click.option("--nir", type=PATH, metavar="FILE", help="Write a NIR graph (HDF5).")
@click.option("--npz", type=PATH, metavar="FILE", help="Write weights_0, weights_1, ... (n_out, n_in) as an npz.")
@click.option(
    "--spikes",
    type=spiking,
    default="step",
    show_default=True,
    help="NIR: a spike is 1 for a time step, or a Dirac impulse.",
)
@reporting
def export_command(run: Path, nir: Path | None, npz: Path | None, spikes: Any, as_json: bool) -> None:
    """Write a run's trained network for other programs: a NIR graph, numpy weights, or both. A file of that name is replaced.

    Example: spinn2sim export runs/yinyang-1 --nir yinyang.nir --npz yinyang.npz
    """
    from spinn2sim.training.exchange.convert import export_run

    if nir is None and npz is None:
        raise click.UsageError("give --nir FILE, --npz FILE, or both")
    written = [str(path) for path in export_run(run, nir, npz, spikes)]
    show({"run": str(run), "written": written}, [f"written: {path}" for path in written], as_json)


@click.command("import")
@click.argument("file", type=PATH)
@click.option(
    "--out", type=PATH, required=True, metavar="DIR", help="Folder for scenario.toml and weights.npz, new or empty."
)
@click.option("--like", type=PATH, metavar="SCENARIO", help="Data, loss, optimizer and the rest as in this scenario.")
@click.option("--spikes", type=spiking, help="What a spike is in the graph; default: as the file says, else step.")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a scenario key; VALUE is TOML, else text."
)
@reporting
def import_command(
    file: Path, out: Path, like: Path | None, spikes: Any, overrides: tuple[str, ...], as_json: bool
) -> None:
    """Make a scenario from a NIR graph (Linear or Affine, CubaLIF or LIF, in a row), or from an npz of weights with --like.

    Example: spinn2sim import yinyang.nir --out imported --set training.epochs=5 && spinn2sim run imported/scenario.toml
    """
    from spinn2sim.trace import run_directory
    from spinn2sim.training.exchange.convert import import_model

    folder, scenario = import_model(file, out, like, overrides, spikes)
    network, path = scenario.network, str(folder / run_directory.SCENARIO)
    data = {"scenario": path, "weights": str(folder / run_directory.WEIGHTS), "network": vars(network)}
    times = f"tau_mem {network.tau_mem_ms:g} ms, tau_syn {network.tau_syn_ms:g} ms, dt {network.dt_ms:g} ms"
    show(
        data,
        [
            f"written: {path}",
            f"hidden {list(network.hidden)}, {times}, threshold {network.threshold:g}; next: spinn2sim run {path}",
        ],
        as_json,
    )
