"""Measures engines, mirror, dense traffic, growth, a recurrent network and peers; writes docs/results/benchmarks.md and .json.

python tools/bench.py [--only engines,dense,mirror,growth,recurrent,peers] [--repeat 5] [--quick] [--peer-python PYTHON]
                      [--out docs/results]

The peers (PyTorch, snnTorch, SANA-FE) are looked for in the interpreter --peer-python, which need not have spinn2sim:
python -m venv peers && peers/bin/pip install torch snntorch sanafe, then --peer-python peers/bin/python.

Every part of every round is a process of its own, and rounds go through all parts in turn, so that what disturbs one disturbs all.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).resolve().parent
ROOT = TOOLS.parent
sys.path[:0] = [str(TOOLS), str(ROOT)]

from benches.page import page, summarise  # noqa: E402 - found only now

PARTS = ("engines", "dense", "mirror", "growth", "recurrent", "peers")


def commands(only: list[str], quick: bool, epochs: str) -> list[tuple[str, int, list[str]]]:
    """(interpreter, threads, module and arguments) of one round."""
    samples = "500" if quick else "5000"
    few = ["--batches", "2" if quick else "8"]
    found: dict[str, list[tuple[str, int, list[str]]]] = {
        "engines": [
            ("own", 1, ["engines", "compiled", "none", "--epochs", epochs, *(["--batches", "20"] if quick else [])]),
            ("own", 1, ["engines", "compiled", "all", "--epochs", epochs, *(["--batches", "20"] if quick else [])]),
            *(("own", 1, ["engines", "discrete_event", packets, *few]) for packets in ("none", "all")),
        ],
        "dense": [
            ("own", 1, ["dense", "compiled", "--batches", "2" if quick else "20"]),
            ("own", 1, ["dense", "compiled", "--gap", "100", "--batches", "2" if quick else "20"]),
            ("own", 1, ["dense", "discrete_event", "--batches", "1"]),
        ],
        "mirror": [
            ("own", threads, ["mirror", arithmetic, str(threads), "--samples", samples])
            for arithmetic in ("float64", "fixed")
            for threads in (1, 2)
        ],
        "growth": [("own", 1, ["growth", "--samples", "220" if quick else "2200"])],
        "recurrent": [
            *(
                ("own", 1, ["recurrent", what, "--epochs", "1" if quick else "3"])
                for what in ("float64", "fixed", "chip")
            ),
            ("peer", 1, ["peers", "torch_recurrent"]),
            ("peer", 1, ["peers", "snntorch_recurrent"]),
        ],
        "peers": [("peer", 1, ["peers", "snntorch"]), ("peer", 1, ["peers", "sanafe"])],
    }
    return [("own", 1, ["floor"]), *(command for part in only for command in found[part])]


def run(python: str, threads: int, words: list[str]) -> tuple[list[dict[str, Any]], str]:
    """The figures of one process, and why there are none."""
    paths = os.pathsep.join([str(TOOLS), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": paths, "NUMBA_NUM_THREADS": str(threads), "OMP_NUM_THREADS": "1"}
    command = [python, "-m", f"benches.{words[0]}", *words[1:]]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)  # noqa: S603 - our own modules
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"part"')]
    why = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1] if done.returncode else ""
    return lines, why


def processor() -> str:
    """The processor's name, as the system gives it."""
    known = Path("/proc/cpuinfo")
    names = (
        [x.split(":")[1].strip() for x in known.read_text().splitlines() if "model name" in x] if known.exists() else []
    )
    return names[0] if names else platform.processor()


def load() -> str:
    """Load average of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def write(folder: Path, lines: list[dict[str, Any]], skipped: list[str], about: dict[str, Any]) -> None:
    """Both files."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {**about, "load_after": load()}
    (folder / "benchmarks.md").write_text(page(lines, skipped, about), encoding="utf-8")
    found = {"about": about, "skipped": skipped, "summary": summarise(lines), "lines": lines}
    (folder / "benchmarks.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Round by round; both files are written after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=40, help="of the compiled engine without a trace")
    parser.add_argument(
        "--quick", action="store_true", help="little work: shows that all parts run, its figures mean nothing"
    )
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has the peers installed")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    args = parser.parse_args()
    only = args.only.split(",")
    if unknown := set(only) - set(PARTS):
        parser.error(f"--only: found {', '.join(sorted(unknown))}, allowed is {', '.join(PARTS)}")
    words = " ".join(
        [
            "python tools/bench.py",
            f"--only {args.only}",
            f"--repeat {args.repeat}",
            f"--epochs {args.epochs}",
            *["--quick"] * args.quick,
        ]
    )
    about = {"command": words, "cpu": processor(), "cores": os.cpu_count(), "load_before": load()}
    lines: list[dict[str, Any]] = []
    skipped: list[str] = []
    for number in range(1 if args.quick else args.repeat):
        for kind, threads, command in commands(only, args.quick, "2" if args.quick else str(args.epochs)):
            found, why = run(args.peer_python if kind == "peer" else sys.executable, threads, command)
            lines += [{**line, "round": number} for line in found]
            if why and (note := f"{' '.join(command[:2])} ({why})") not in skipped:
                skipped.append(note)
            print(
                f"round {number + 1}: {' '.join(command)}: {why or f'{len(found)} figures'}, load {load()}", flush=True
            )
        write(args.out, lines, skipped, about)
    print(f"wrote {args.out / 'benchmarks.md'} and {args.out / 'benchmarks.json'}")
    if any(not note.startswith(("peers", "growth")) for note in skipped):
        sys.exit(1)


if __name__ == "__main__":
    main()
