"""Compares the speed of two checkouts line by line: asks a process of each in turn, and says which lines got slower than their spread."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benches.checkouts import Checkout
from benches.lines import LINES
from benches.page import spread, table

TOOLS = Path(__file__).resolve().parent.parent
LEAST_SPREAD = 0.03  # two processes with the same code differ by up to 0.02
Answer = dict[str, Any]


class Worker:
    """A process that times lines of one checkout."""

    def __init__(self, checkout: Checkout) -> None:
        paths = os.pathsep.join([str(TOOLS), str(checkout.folder)])
        environment = {**os.environ, "PYTHONPATH": paths, "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        if checkout.kernels is not None:
            environment["NUMBA_CACHE_DIR"] = str(checkout.kernels)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "benches.lines"], cwd=TOOLS.parent, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, line: str) -> Answer:
        """Time a line once; the answer has "error" if that cannot be done."""
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        text = self._process.stdout.readline()
        found: Answer = json.loads(text) if text else {"error": "the process has ended"}
        return found

    def stop(self) -> None:
        """End the process and wait for it."""
        self._process.communicate()


@dataclass
class Line:
    """What both checkouts took for a line: CPU microseconds per unit, lap by lap in pairs; each round has processes of its own."""

    name: str
    unit: str = ""
    this: list[float] = field(default_factory=list)
    base: list[float] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)  # of each pair
    # The two did not simulate the same: deliveries, packets or spikes differ.
    differs: bool = False
    why: str = ""  # it has no figures

    def add(self, this: Answer, base: Answer, number: int = 0) -> None:
        """Add a pair of laps of a round."""
        for whose, answer in (("this checkout", this), ("the base", base)):
            if "error" in answer and not self.why:
                self.why = f"not in {whose}: {answer['error']}"
        if not self.why:
            self.unit = this["unit"]
            self.this.append(1e6 * this["cpu"] / this["count"])
            self.base.append(1e6 * base["cpu"] / base["count"])
            self.rounds.append(number)
            self.differs |= this["work"] != base["work"]

    @property
    def ratios(self) -> list[float]:
        """This checkout's time over the base's, of each pair; they ran one after the other."""
        return [a / b for a, b in zip(self.this, self.base, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)

    @property
    def least(self) -> float:
        """The ratio of the least times, which other work on the machine lengthened least."""
        return min(self.this) / min(self.base)

    @property
    def of_rounds(self) -> list[float]:
        """The median ratio of each round: where a process has its memory may lengthen all of its laps."""
        numbers = dict.fromkeys(self.rounds)
        pairs = list(zip(self.rounds, self.ratios, strict=True))
        return [statistics.median(ratio for k, ratio in pairs if k == number) for number in numbers]

    @property
    def spread(self) -> float:
        """Half the range of the middle half of the ratios, at least LEAST_SPREAD."""
        if len(self.this) < 2:
            return LEAST_SPREAD
        low, _, high = statistics.quantiles(self.ratios, n=4, method="inclusive")
        return max((high - low) / 2, LEAST_SPREAD)

    @property
    def verdict(self) -> str:
        """Slower or faster where the median of all, that of each round and the ratio of the least times are beyond the spread."""
        if self.why:
            return self.why
        ratios = [self.ratio, self.least, *self.of_rounds]
        if len(self.of_rounds) < 2:  # a process may be slow as a whole
            return "no verdict from one round"
        slower, faster = min(ratios) > 1 + self.spread, max(ratios) < 1 / (1 + self.spread)
        found = "SLOWER" if slower else "faster" if faster else "same"
        return f"{found}; simulates something else" if self.differs else found

    def summary(self) -> Answer:
        """All of it, for JSON."""
        found: Answer = {"name": self.name, "verdict": self.verdict}
        if not self.why:
            found |= {"unit": self.unit, "this_cpu_us": self.this, "base_cpu_us": self.base, "differs": self.differs}
            found |= {
                "ratio": self.ratio,
                "of_rounds": self.of_rounds,
                "least_ratio": self.least,
                "spread": self.spread,
            }
        return found


def compare(this: Checkout, base: Checkout, starts: int, laps: int, seconds: float) -> tuple[list[Line], float]:
    """Time all lines in `starts` pairs of processes, `laps` times each, and return them with the seconds that compiling took.

    From the third pair of processes on, none is started if it would end after `seconds`.
    """
    begun = time.monotonic()
    for checkout in (this, base):
        worker = Worker(checkout)
        for name in LINES:
            worker.ask(name)
        worker.stop()
    compiled = time.monotonic() - begun
    lines = [Line(name) for name in LINES]
    begun = time.monotonic()
    for start in range(starts):
        if start > 1 and (time.monotonic() - begun) * (start + 1) / start > seconds:
            break
        workers = [Worker(this), Worker(base)]
        for line in lines:
            for number in range(laps):
                _pair(line, workers, start, (start + number) % 2 == 1)
        for worker in workers:
            worker.stop()
        print(f"round {start + 1}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return lines, compiled


def _pair(line: Line, workers: Sequence[Worker], number: int, base_first: bool) -> None:
    """Time a line in both, first in the one and then in the other."""
    if not line.why:
        order = (1, 0) if base_first else (0, 1)
        answers = {k: workers[k].ask(line.name) for k in order}
        line.add(answers[0], answers[1], number)


def comparison(lines: Iterable[Line], this: str, base: str) -> str:
    """A Markdown table, and what got slower."""
    lines = list(lines)
    head = [
        "CPU µs, median (least to most)",
        f"this ({this})",
        f"base ({base})",
        "ratio",
        "of the least",
        "± spread",
        "verdict",
    ]
    rows = []
    for line in lines:
        cells = ["-"] * 5
        if not line.why:
            form = "{:,.1f}" if min(line.this) >= 1 else "{:.4f}"
            cells = [
                spread(line.this, form),
                spread(line.base, form),
                *(f"{x:.2f}" for x in (line.ratio, line.least, line.spread)),
            ]
        rows.append([f"{line.name}, a {line.unit}" if line.unit else line.name, *cells, line.verdict])
    slower = [line.name for line in lines if line.verdict.startswith("SLOWER")]
    told = f"Slower than their spread: {'; '.join(slower)}." if slower else "No line got slower than its spread."
    rounds = max((len(line.of_rounds) for line in lines if not line.why), default=0)
    return "\n".join([*table(head, rows), f"{told} Rounds: {rounds}."])
