"""Shuts a real ext4 down under a run, without its log being flushed, as a loss of power does: docs/reference/reliability.md.

The file system is in an image that is mounted by a loop device, which root alone may do. After the shutdown it is mounted again, and ext4
recovers from its log; then the run is resumed, or begun again if there is nothing to resume. It must end with the bytes of a run that was
left alone.

python tools/ext4_shutdown.py [--rounds 20] [--seed 0] [--seconds 1.5]
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from crashes.inputs import TINY

SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN of linux/fs/ext4/ext4.h
NO_LOG_FLUSH = 2
MEGABYTES = 64
PROGRAM = (sys.executable, "-c", "from spinn2sim.cli.entry import main; main()")
BEGIN = ("run", "tiny.toml", "--out", "r", "--set", "trace.packets=all", "--set", "training.epochs=3")
RESUME = ("run", "--resume", "r")
# Files that hold times and machines.
ABOUT_STARTS = {"provenance.json", "manifest.json", "summary.json", "metrics.jsonl", ".lock"}


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[Path]:
    """Mount an image, and take it away again."""
    subprocess.run(["mount", "-o", "loop", image, folder], check=True)  # noqa: S603, S607
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)  # noqa: S603, S607


def shut_down(folder: Path) -> None:
    """Stop a mounted ext4 at once; what is not in its log yet is lost."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    finally:
        os.close(handle)


def command(arguments: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess[str]:
    """Carry a command out."""
    return subprocess.run([*PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603


def files(run: Path) -> dict[str, bytes]:
    """Return what must not depend on how often a run was stopped."""
    return {
        str(path.relative_to(run)): path.read_bytes()
        for path in run.rglob("*")
        if path.is_file() and path.name not in ABOUT_STARTS
    }


def one_round(image: Path, folder: Path, draw: random.Random, expected: dict[str, bytes], seconds: float) -> list[str]:
    """Shut the file system down at a drawn moment of a run; return what is wrong afterwards."""
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)  # noqa: S603, S607
    with mounted(image, folder):
        (folder / "tiny.toml").write_text(TINY)
        os.sync()
        process = subprocess.Popen(  # noqa: S603
            [*PROGRAM, *BEGIN], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        while not (folder / "r").exists() and process.poll() is None:
            time.sleep(0.005)
        time.sleep(draw.uniform(0, seconds))
        shut_down(folder)
        _, said = process.communicate()
    with mounted(image, folder):
        lost = sorted(str(path) for path in (folder / "r").rglob("*.parquet") if not path.stat().st_size)
        lines = _lines(folder)
        go_on = RESUME if (folder / "r/scenario.toml").exists() else BEGIN
        done = command(go_on, folder)
        found = [f"{name} is empty" for name in lost]
        if "Traceback" in said + done.stderr or done.returncode:
            found.append(f"{' '.join(go_on)}: status {done.returncode}: {done.stderr[-400:]} (before: {said[-400:]})")
        elif files(folder / "r") != expected:
            found.append(f"{' '.join(go_on)}: other files than those of an undisturbed run")
        if not set(lines) <= set(_lines(folder)):
            found.append("a line of a finished epoch is gone")
        if (verified := command(("verify", "r"), folder)).returncode:
            found.append(verified.stderr[-400:])
    return found


def _lines(folder: Path) -> list[str]:
    """Return the complete lines of metrics.jsonl without wall times, which differ if an epoch without a checkpoint is trained again."""
    file = folder / "r/metrics.jsonl"
    texts = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
    lines = [json.loads(text) for text in texts if text.endswith(b"}")]
    return [json.dumps({key: value for key, value in line.items() if "wall_s" not in key}) for line in lines]


def main() -> None:
    """Play the rounds, print what was found, and exit with status 1 if a law was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--seconds", type=float, default=1.5, help="the latest moment, after the run has made its folder"
    )
    options = parser.parse_args()
    if os.geteuid() or not all(map(shutil.which, ("mkfs.ext4", "mount"))):
        sys.exit("only root, with e2fsprogs, may mount an image")
    findings = 0
    with tempfile.TemporaryDirectory() as place:
        image, folder, whole = (Path(place) / name for name in ("image", "mounted", "whole"))
        folder.mkdir()
        whole.mkdir()
        with image.open("wb") as file:
            file.truncate(MEGABYTES << 20)
        (whole / "tiny.toml").write_text(TINY)
        command(BEGIN, whole)
        expected = files(whole / "r")
        draw = random.Random(options.seed)  # noqa: S311 - drawn so that it repeats
        for number in range(options.rounds):
            for finding in one_round(image, folder, draw, expected, options.seconds):
                print(f"round {number}: {finding}", flush=True)
                findings += 1
    print(f"{options.rounds} shutdowns, {findings} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
