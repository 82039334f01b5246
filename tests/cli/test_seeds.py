"""`run` and `train --seeds` in a subprocess: processes side by side, Ctrl-C, the table, and refusals in one line."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

import command_line
import spinn2sim


def end_on_ctrl_c() -> None:
    """In the child: take Ctrl-C, which a shell may have set to be ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_all_seeds_and_says_how_to_go_on(small: Path) -> None:
    """After Ctrl-C both processes' runs have their finished epochs, and go on to what a run with one seed alone gives."""
    arguments = (
        "train",
        small,
        "--seeds",
        "0..1",
        "--processes",
        "2",
        "--out",
        "cut",
        "--set",
        "training.epochs=100000",
    )
    cut = subprocess.Popen(
        [*command_line.COMMAND, *map(str, arguments)],
        cwd=small.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=end_on_ctrl_c,
    )
    assert cut.stderr is not None
    begun: set[str] = set()
    while len(begun) < 2:
        line = cut.stderr.readline()
        assert line, "ended before both seeds had an epoch"
        begun |= {seed for seed in ("seed 0", "seed 1") if line.startswith(f"{seed}  epoch ")}
    cut.send_signal(signal.SIGINT)
    said, told = cut.communicate(timeout=60)
    assert cut.returncode == 130, told
    assert "Traceback" not in told
    assert "go on with: spinn2sim train --resume cut" in said
    folder = small.parent / "cut"
    last = max(len(spinn2sim.open_run(folder / f"seed-{seed}").metrics) for seed in (0, 1))
    done = command_line.spinn2sim(
        "run", "--resume", "cut", "--processes", 1, "--set", f"training.epochs={last}", cwd=small.parent
    )
    assert done.returncode == 0, done.stderr
    assert "mean and standard deviation of 2 complete runs; weights of the last epoch" in done.stdout
    alone = spinn2sim.train(small, small.parent / "alone", {"seed": 1, "training.epochs": last})
    assert (alone.folder / "weights.npz").read_bytes() == (folder / "seed-1" / "weights.npz").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("small.toml", "--seeds", "4..0"), "--seeds: found '4..0', allowed are whole numbers from 0 on such as 0..4"),
        (("small.toml", "--seeds", "0..1", "--set", "seed=3"), "beside --seeds"),
        (("small.toml", "--seeds", "0..1", "--set", "training.copies=21"), "training.copies"),
        (("small.toml", "--processes", "2"), "--processes: found a scenario without [board]"),
        (("small.toml", "--seeds", "0..1", "--processes", "0"), "--processes"),
        (("--seeds", "0..1"), "give a SCENARIO"),
        (("--seeds", "0..1", "--resume", "."), "no --seeds beside it"),
    ],
)
def test_refusals(small: Path, arguments: tuple[str, ...], told: str) -> None:
    """Wrong use is one line and exit status 2, and nothing is written."""
    done = command_line.spinn2sim("run", *arguments, cwd=small.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in small.parent.iterdir()] == [small.name]
