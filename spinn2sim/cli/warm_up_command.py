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

CHAIN = """name = "chain"
[data]
source = "yinyang"
train_samples = 4
test_samples = 2
[network]
hidden = [4]
steps = 12
dt_ms = 1.0
tau_mem_ms = 20.0
tau_syn_ms = 5.0
init = [[2.5, 1.5], [2.0, 1.0]]
integrator = "exponential_euler"
reset = "to_zero"
[loss]
xi_ms = 1.5
a = 0.01
b_ms = 100.0
[optimizer]
learning_rate = 0.01
[training]
epochs = 1
copies = 2
"""
GRAPH = """name = "graph"
[data]
source = "yinyang"
train_samples = 4
test_samples = 2
[network]
steps = 12
dt_ms = 1.0
tau_mem_ms = 20.0
tau_syn_ms = 5.0
output = "out"
integrator = "exponential_euler"
reset = "to_zero"
[[population]]
name = "in"
size = 5
kind = "input"
[[population]]
name = "hidden"
size = 4
kind = "lif"
[[population]]
name = "out"
size = 3
kind = "lif"
[[projection]]
pre = "in"
post = "hidden"
init = [2.5, 1.5]
delay_steps = [0, 3]
learn = "both"
delay_max = 6
[[projection]]
pre = "hidden"
post = "hidden"
init = [0.5, 0.5]
[[projection]]
pre = "hidden"
post = "out"
init = [2.0, 1.0]
[loss]
kind = "first_spike"
xi_ms = 1.5
a = 0.01
b_ms = 100.0
[optimizer]
learning_rate = 0.01
delay_rate = 0.1
[training]
epochs = 1
copies = 2
"""
SCRIPT = """from spinnaker2 import hardware, snn
source = snn.Population(1, "spike_list", {0: [1]})
target = snn.Population(1, "lif", {"threshold": 1.0, "alpha_decay": 0.9, "i_offset": 0.0, "v_init": 0.0, "v_reset": 0.0})
network = snn.Network("warm-up")
network.add(source, target, snn.Projection(source, target, [[0, 0, 4, 1]]))
hardware.SpiNNaker2Chip().run(network, 5)
"""
# What is compiled, the longest first: the file of a small computation that needs it, and the command that runs the file.
PARTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "chip": ("chain.toml", CHAIN, ("run",)),
    "mirror-graph-fixed": ("graph.toml", GRAPH, ("train", "--arithmetic", "fixed")),
    "mirror-graph-float64": ("graph.toml", GRAPH, ("train", "--arithmetic", "float64")),
    "scripts": ("network.py", SCRIPT, ("script",)),
    "mirror-fixed": ("chain.toml", CHAIN, ("train", "--arithmetic", "fixed")),
    "mirror-float64": ("chain.toml", CHAIN, ("train", "--arithmetic", "float64")),
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
    mirror-graph-float64 (train on recurrent networks and delays), or scripts; default is all of them. What is compiled already takes no time.

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
    file, text, command = PARTS[name]
    place = folder / name
    place.mkdir()
    (place / file).write_text(text)
    begun = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - a command and files of our own
        [sys.executable, "-m", "spinn2sim", *command, file], cwd=place, capture_output=True, text=True, check=False
    )
    lines = done.stderr.strip().splitlines() or ["it ended without a word"]
    return time.perf_counter() - begun, "" if done.returncode == 0 else one_line(lines[-1])
