"""The command `export`, which writes a run's trained network for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, SPIKES, output_options
from spinn2sim.cli.output import show


@click.command("export")
@click.argument("run", type=PATH)
@click.option("--nir", type=PATH, metavar="FILE", help="Write a NIR graph (HDF5).")
@click.option("--npz", type=PATH, metavar="FILE", help="Write weights_0, weights_1, ... (n_out, n_in) as an npz.")
@click.option(
    "--spikes",
    type=SPIKES,
    default="step",
    show_default=True,
    help="NIR: a spike is 1 for a time step, or a Dirac impulse.",
)
@output_options
def export_command(run: Path, nir: Path | None, npz: Path | None, spikes: Any, as_json: bool) -> None:
    """Write a run's trained network for other programs: a NIR graph, numpy weights, or both. A file of that name is replaced.

    Example: spinn2sim export runs/yinyang-1 --nir yinyang.nir --npz yinyang.npz
    """
    if nir is None and npz is None:
        raise click.UsageError("give --nir FILE, --npz FILE, or both")
    written = [str(path) for path in api.export_run(run, nir, npz, spikes)]
    show({"run": str(run), "written": written}, [f"written: {path}" for path in written], as_json)
