"""The commands that are tried, and the files that they find: a complete run, an interrupted one, scenarios."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from crashes.inputs import SPACE, TINY

Arguments = tuple[str, ...]
PROGRAM = (sys.executable, "-c", "from spinn2sim.cli.entry import main; main()")
MORE = ("--set", "training.epochs=2")
COMMANDS: dict[str, Arguments] = {
    "run": ("run", "tiny.toml", "--out", "new"),
    "train": ("train", "tiny.toml", "--out", "new"),
    "run --resume": ("run", "--resume", "r", *MORE),
    "sweep": ("sweep", "tiny.toml", "space.toml", "--out", "new"),
    "import": ("import", "r/weights.npz", "--like", "tiny.toml", "--out", "new"),
    "export": ("export", "r", "--npz", "new.npz"),
    "report": ("report", "r", "--out", "new.html"),
    "report --figures": ("report", "r", "--figures", "new"),
    "packets --csv": ("packets", "r", "--csv", "new.csv"),
    "packets --sql": ("packets", "r", "--sql", "SELECT count(*) FROM packets"),
    "traffic --csv": (
        "traffic", "uniform", "--loads", "1", "--seeds", "1", "--warmup-us", "1", "--window-us", "1", "--csv", "new.csv",
        "--engine", "discrete_event",
    ),
    "verify": ("verify", "r"),
    "diff": ("diff", "r", "r"),
}  # fmt: skip


def run(arguments: Sequence[str], folder: Path) -> None:
    """Carry a command out without trouble."""
    subprocess.run([*PROGRAM, *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S603 - this program


def prepare(place: Path) -> None:
    """Write the files that the commands find."""
    (place / "tiny.toml").write_text(TINY)
    (place / "space.toml").write_text(SPACE)
    run(("run", "tiny.toml", "--out", "r", "--set", "trace.packets=all"), place)
