"""The command `warm-up`, which compiles ahead of time what other commands would compile when they are first used."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import click

from spinn2sim.cli.output import FAILED, one_line
from spinn2sim.cli.progress_bar import ProgressBar

# Small computations, each as a file.
FILES = Path(__file__).parent / "warm_up"
# What is compiled, the longest first: the file of a computation that needs it, and the command that runs the file.
PARTS: dict[str, tuple[str, ...]] = {
    "chip": ("chain.toml", "run"),
    "mirror-graph-fixed": ("graph.toml", "train", "--arithmetic", "fixed"),
    "mirror-graph-float64": ("graph.toml", "train", "--arithmetic", "float64"),
    "scripts": ("network.py", "script"),
    "mirror-fixed": ("chain.toml", "train", "--arithmetic", "fixed"),
    "mirror-float64": ("chain.toml", "train", "--arithmetic", "float64"),
}


@click.command("warm-up")
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)), metavar="[PART]...")
@click.option(
    "--processes",
    type=click.IntRange(1, len(PARTS)),
    default=max(1, min(len(PARTS), os.cpu_count() or 1)),
    help="Parts compiled at the same time; default as many as there are cores.",
)
def warm_up(parts: tuple[str, ...], processes: int) -> None:
    """Compile ahead of time what other commands would compile when they are first used, each part in a process of its own.

    PART is chip (run, validate, traffic), mirror-fixed or mirror-float64 (train on chains of populations), mirror-graph-fixed or
    mirror-graph-float64 (train on recurrent networks and delays), or scripts; default is all of them.
    What is compiled already is not compiled again.

    Example: spinn2sim warm-up

    Example: spinn2sim warm-up chip scripts
    """
    bar = ProgressBar()
    bar.begin("compiling", "part", len(parts or PARTS))
    failed = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(processes) as pool:
        begun = {pool.submit(compile_part, name, Path(folder)): name for name in parts or PARTS}
        for done, future in enumerate(as_completed(begun), 1):
            seconds, error = future.result()
            bar.move(done)
            bar.say(f"{begun[future]}: {error or f'ready after {seconds:.0f} s'}")
            failed += bool(error)
    bar.close()
    sys.exit(FAILED if failed else 0)


def compile_part(name: str, folder: Path) -> tuple[float, str]:
    """Run the small computation of a part in `folder`. Returns the seconds that it took, and why it failed or an empty text."""
    file, *command = PARTS[name]
    place = folder / name
    place.mkdir()
    begun = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - a command and a file of our own
        [sys.executable, "-m", "spinn2sim", *command, str(FILES / file)],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stderr.strip().splitlines() or ["it ended without a word"]
    return time.perf_counter() - begun, "" if done.returncode == 0 else one_line(lines[-1])
