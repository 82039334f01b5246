"""Measures the speed of this checkout beside another one, or all of it beside other simulators.

python tools/bench.py --quick [BASE] [--out FILE.json]

compares this checkout with BASE, the folder of another one or a git revision (without it: the last commit, or, if nothing was
changed since, the one before), on a fixed set of lines, in under three minutes once both have compiled. Processes of both time each
line in turn, in CPU time on one thread; a line got slower where the median ratio, that of each round, and the ratio of the least
times are all beyond the spread. Exit status 1 if one did.

python tools/bench.py [--only PARTS] [--repeat 5] [--smoke] [--peers PYTHON] [--out docs/results]

writes benchmarks.md and benchmarks.json: engines, dense traffic, mirror, growth, a recurrent network, workloads (networks of several
kinds and sizes beside their floors), a script and peers. The peers (PyTorch, snnTorch, Norse, SANA-FE, Brian2) are looked for in the
interpreter --peers, which need not have spinn2sim: python -m venv peers, then
peers/bin/pip install torch snntorch norse sanafe brian2 "numpy<2.4", and --peers peers/bin/python; those that it lacks are named.
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

LAPS, SECONDS = 3, 130  # of a line in a round of --quick, and for all its rounds
RESULTS = ROOT / "docs" / "results"
PARTS = ("engines", "dense", "mirror", "growth", "recurrent", "workloads", "scripts", "peers")


def commands(only: list[str], smoke: bool, epochs: str) -> list[tuple[str, int, list[str]]]:
    """(interpreter, threads, module and arguments) of one round."""
    samples = "500" if smoke else "5000"
    few = ["--batches", "2" if smoke else "8"]
    found: dict[str, list[tuple[str, int, list[str]]]] = {
        "engines": [
            ("own", 1, ["engines", "compiled", "none", "--epochs", epochs, *(["--batches", "20"] if smoke else [])]),
            ("own", 1, ["engines", "compiled", "all", "--epochs", epochs, *(["--batches", "20"] if smoke else [])]),
            *(("own", 1, ["engines", "discrete_event", packets, *few]) for packets in ("none", "all")),
        ],
        "dense": [
            ("own", 1, ["dense", "compiled", "--batches", "2" if smoke else "20"]),
            ("own", 1, ["dense", "compiled", "--gap", "100", "--batches", "2" if smoke else "20"]),
            ("own", 1, ["dense", "discrete_event", "--batches", "1"]),
        ],
        "mirror": [
            ("own", threads, ["mirror", arithmetic, str(threads), "--samples", samples])
            for arithmetic in ("float64", "fixed")
            for threads in (1, 2)
        ],
        "growth": [("own", 1, ["growth", "--samples", "220" if smoke else "2200"])],
        "recurrent": [
            *(
                ("own", 1, ["recurrent", what, "--epochs", "1" if smoke else "3"])
                for what in ("float64", "fixed", "chip")
            ),
            ("peer", 1, ["peers", "torch_recurrent"]),
            ("peer", 1, ["peers", "snntorch_recurrent"]),
        ],
        "workloads": [("own", 1, ["workloads", *(["dense"] if smoke else [])])],
        "scripts": [
            *(("own", 1, ["scripts", what]) for what in ("chip", "mirror")),
            ("peer", 1, ["peers", "brian2"]),
        ],
        "peers": [("peer", 1, ["peers", peer]) for peer in ("snntorch", "norse", "sanafe")],
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


def quick(base: str, out: Path | None, repeat: int) -> int:
    """Compare with another checkout; returns the exit status."""
    from benches.checkouts import NoCheckoutError, other_checkout, this_checkout
    from benches.compare import compare, comparison
    from spinn2sim.errors import OutputError, quoted
    from spinn2sim.files.atomic import write_atomically

    try:
        this, other = this_checkout(ROOT), other_checkout(ROOT, base)
    except NoCheckoutError as error:
        print(f"bench.py: --quick: {error}", file=sys.stderr)
        return 2
    if out is not None and (out.is_dir() or not out.parent.is_dir()):
        print(f"bench.py: --out: found {quoted(str(out))}, allowed is a file in a folder that exists", file=sys.stderr)
        return 2
    before = load()
    lines, compiled = compare(this, other, repeat, LAPS, SECONDS)
    print(comparison(lines, this.name, other.name))
    print(f"\n{processor()}, load average {before} before, {load()} after.")
    print(f"Before the rounds both ran once, and compiled what they had not, in {compiled:.0f} s.")
    slower = [line.name for line in lines if line.verdict.startswith("SLOWER")]
    if out is not None:
        about = {"this": this.name, "base": other.name, "cpu": processor(), "load_before": before, "load_after": load()}
        text = (
            json.dumps({"about": about, "slower": slower, "lines": [line.summary() for line in lines]}, indent=1) + "\n"
        )
        try:
            write_atomically(out, lambda file: file.write(text.encode()))
        except OutputError as error:
            print(f"bench.py: --out: {error}", file=sys.stderr)
            return 2
    return int(bool(slower))


def measure(args: argparse.Namespace, only: list[str]) -> int:
    """Round by round; both files are written after each. Returns the exit status."""
    words = ["python tools/bench.py", f"--only {args.only}", f"--repeat {args.repeat}", f"--epochs {args.epochs}"]
    command_line = " ".join([*words, *["--smoke"] * args.smoke])
    about = {"command": command_line, "cpu": processor(), "cores": os.cpu_count(), "load_before": load()}
    lines: list[dict[str, Any]] = []
    skipped: list[str] = []
    for number in range(1 if args.smoke else args.repeat):
        for kind, threads, command in commands(only, args.smoke, "2" if args.smoke else str(args.epochs)):
            found, why = run(args.peers if kind == "peer" else sys.executable, threads, command)
            lines += [{**line, "round": number} for line in found]
            if why and (note := f"{' '.join(command[:2])} ({why})") not in skipped:
                skipped.append(note)
            print(
                f"round {number + 1}: {' '.join(command)}: {why or f'{len(found)} figures'}, load {load()}", flush=True
            )
        write(args.out or RESULTS, lines, skipped, about)
    print(f"wrote {(args.out or RESULTS) / 'benchmarks.md'} and benchmarks.json beside it")
    return int(any(not note.startswith(("peers", "growth")) for note in skipped))


def main() -> int:
    """Compare or measure; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", nargs="?", const="", metavar="BASE", help="compare with another checkout")
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--repeat", type=int, help="rounds; 5, with --quick 4")
    parser.add_argument("--epochs", type=int, default=40, help="of the compiled engine without a trace")
    parser.add_argument(
        "--smoke", action="store_true", help="little work: shows that all parts run, its figures mean nothing"
    )
    parser.add_argument("--peers", metavar="PYTHON", default=sys.executable, help="interpreter that has the peers")
    parser.add_argument("--out", type=Path, help="folder of both files (docs/results), with --quick a file for JSON")
    args = parser.parse_args()
    only = args.only.split(",")
    if unknown := set(only) - set(PARTS):
        parser.error(f"--only: found {', '.join(sorted(unknown))}, allowed is {', '.join(PARTS)}")
    if args.repeat is not None and args.repeat < 1:
        parser.error(f"--repeat: found {args.repeat}, allowed is 1 and more")
    if args.quick is not None:
        if args.smoke or args.only != ",".join(PARTS):
            parser.error("--quick has lines of its own: found --only or --smoke, allowed are --repeat and --out")
        return quick(args.quick, args.out, args.repeat or 4)
    args.repeat = args.repeat or 5
    return measure(args, only)


if __name__ == "__main__":
    sys.exit(main())
