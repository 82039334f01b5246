"""A worker process: tries the inputs of one kind after the other, within limits of time and memory that end it if they are passed.

It reads orders from stdin and answers on stdout, a JSON object a line. The input that is being tried is in its folder, so that the parent
finds it there when the worker is dead.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import signal
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from fuzzing.hdf5_here import read_hdf5_here
from fuzzing.kind import Kind
from fuzzing.kinds import all_kinds
from fuzzing.law import MAX_BYTES, MAX_CPU_S, Verdict, judge, state_of
from fuzzing.line_coverage import LineCoverage
from fuzzing.seeds import of_number
from spinn2sim.errors import Spinn2simError

MAX_WALL_S = 30.0  # a reader that waits and does not compute; long, since other programs may take the processor
TRACED_FIRST, TRACED_THEN = 500, 8  # coverage looks at the first inputs of a kind, then at one in TRACED_THEN
MOST_KEPT = 400  # inputs that reached new lines


def say(**message: Any) -> None:
    """Send an answer to the parent."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Trial:
    """Tries the inputs of one kind."""

    def __init__(self, kind: Kind, seed: int, folder: Path, coverage: LineCoverage) -> None:
        self.kind, self.seed, self.folder, self.coverage = kind, seed, folder, coverage
        self.kept: list[bytes] = list(kind.seeds)
        self.warned: list[str] = []
        # A file with the number of the input that is being tried, for the parent.
        self.numbered = os.open(folder.parents[1] / "number", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        warnings.showwarning = lambda message, category, *_, **__: self.warned.append(f"{category.__name__}: {message}")

    def input(self, number: int) -> bytes:
        """Make the input of a number from the inputs that were kept before it."""
        random = of_number(self.seed, self.kind.name, number)
        if number < len(self.kind.seeds):
            return self.kind.seeds[number]
        base = random.choice(self.kept if random.random() < 0.6 else self.kind.seeds)
        return self.kind.mutate(random, base, self.kept)

    def run(self, number: int, data: bytes) -> Verdict:
        """Try one input with each thing that the program does with it in turn, and look whether the folder is as before."""
        kind, look = self.kind, self.kind.looks[number % len(self.kind.looks)]
        kind.put(self.folder, data, number)
        os.pwrite(self.numbered, b"%d " % number, 0)
        before = state_of(self.folder)
        traced = number < TRACED_FIRST or number % TRACED_THEN == 0
        signal.setitimer(signal.ITIMER_PROF, MAX_CPU_S)
        signal.setitimer(signal.ITIMER_REAL, MAX_WALL_S)
        if traced:
            with self.coverage:
                verdict = judge(lambda: look.read(self.folder), self.warned)
        else:
            verdict = judge(lambda: look.read(self.folder), self.warned)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if state_of(self.folder) != before:
            if verdict.outcome == "refused":
                changed = sorted(set(state_of(self.folder).items()) ^ set(before.items()))
                verdict = Verdict("finding", f"refused, and wrote: {Path(changed[0][0]).name}", str(changed))
            kind.lay_out(self.folder)
        if traced and self.coverage.new and len(self.kept) < MOST_KEPT and verdict.outcome != "finding":
            self.kept.append(data)
            say(kept=base64.b64encode(data).decode())
        return verdict

    def series(self, start: int, end: int, sample_every: int) -> None:
        """Try the inputs from `start` on, and report counts, findings, and one input in `sample_every` for the command line."""
        counts = {"accepted": 0, "refused": 0, "finding": 0}
        known: set[str] = set()
        clock = resource.getrusage(resource.RUSAGE_SELF)
        begun = clock.ru_utime + clock.ru_stime
        for number in range(start, end):
            data = self.input(number)
            verdict = self.run(number, data)
            counts[verdict.outcome] += 1
            if verdict.outcome == "finding" and verdict.signature not in known:
                known.add(verdict.signature)
                say(finding=verdict._asdict(), number=number, input=base64.b64encode(data).decode())
            elif sample_every and number % sample_every == 0:
                say(sample=base64.b64encode(data).decode(), of=number, refused=verdict.outcome == "refused")
            if number % 200 == 199:
                say(at=number + 1, counts=counts)
        clock = resource.getrusage(resource.RUSAGE_SELF)
        say(done=counts, seconds=clock.ru_utime + clock.ru_stime - begun, lines=len(self.coverage.seen))


def main(work: str) -> None:
    """Answer orders until stdin ends: {"kind", "seed", "start", "end", "kept"}."""
    warnings.simplefilter("always")
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    read_hdf5_here()
    kinds = {kind.name: kind for kind in all_kinds(Path(work))}
    coverage = LineCoverage()
    for line in sys.stdin:
        order = json.loads(line)
        kind = kinds[order["kind"]]
        folder = Path(work) / "inputs" / kind.name
        kind.lay_out(folder)
        trial = Trial(kind, order["seed"], folder, coverage)
        trial.kept += [base64.b64decode(text) for text in order.get("kept", ())]
        _warm_up(kind, folder)
        _limit_memory()
        trial.series(order["start"], order["end"], order["sample_every"])


def _warm_up(kind: Kind, folder: Path) -> None:
    """Let everything be imported and compiled that valid inputs need, without limits."""
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for look in kind.looks:
        kind.put(folder, kind.seeds[0], 0)
        with suppress(Spinn2simError):
            look.read(folder)
        kind.lay_out(folder)


def _limit_memory() -> None:
    """Allow another gigabyte beyond what the process has now."""
    now = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (now + MAX_BYTES, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(sys.argv[1])
