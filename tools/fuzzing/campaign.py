"""Runs worker processes over the kinds of input: a worker that dies has found something, and another one goes on behind that input."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzzing.commands import Commands
from fuzzing.end_to_end import WRONG_USE, Sample, try_command
from fuzzing.kind import Kind

TOOLS = Path(__file__).resolve().parents[1]
DEATHS = {
    -27: "takes more than 2 s of CPU",
    -14: "waits longer than 30 s",
    -11: "segmentation fault",
    -6: "abort",
    -9: "killed",
}
MOST_DEATHS = 40  # of one kind; each costs a start of Python


@dataclass
class Finding:
    """An input that broke the law."""

    kind: str
    number: int
    signature: str
    text: str
    data: bytes


@dataclass
class Result:
    """What became of the inputs of one kind."""

    kind: str
    inputs: int = 0
    refused: int = 0
    accepted: int = 0
    broken: int = 0
    seconds: float = 0.0
    kept: int = 0
    # Inputs for the command line, and how many commands were run.
    samples: list[Sample] = field(default_factory=list)
    commands: int = 0
    deaths: int = 0
    # By signature, the first input of each.
    findings: dict[str, Finding] = field(default_factory=dict)

    def add(self, counts: dict[str, int]) -> None:
        """Count what a worker tried."""
        self.refused += counts["refused"]
        self.accepted += counts["accepted"]
        self.broken += counts["finding"]
        self.inputs += sum(counts.values())


class Campaign:
    """Tries inputs of many kinds, one kind after the other, in a worker process."""

    def __init__(self, work: Path, seed: int) -> None:
        self.work, self.seed = work, seed
        self._worker: subprocess.Popen[str] | None = None
        self._commands: Commands | None = None

    def run(self, kind: Kind, count: int, samples: int = 0) -> Result:
        """Try `count` inputs of a kind, and `samples` of them with the command line."""
        result, start, kept = Result(kind.name), 0, list[str]()
        while start < count and result.deaths < MOST_DEATHS:
            start = self._series(kind, result, kept, start, count, count // samples + 1 if samples else 0)
        result.kept = len(kept)
        for sample in result.samples:
            self._try_command(kind, sample, result)
        return result

    def _try_command(self, kind: Kind, sample: Sample, result: Result) -> None:
        result.commands += 1
        for fault in try_command(kind, sample, self.work / "commands", self._server())[0]:
            signature = f"command: {fault}"
            text = (self.work / "printed" / "err").read_text(errors="backslashreplace")
            result.findings.setdefault(signature, Finding(kind.name, sample.number, signature, text, sample.data))

    def _server(self) -> Commands:
        if self._commands is None:
            (self.work / "printed").mkdir(exist_ok=True)
            self._commands = Commands(self.work / "printed")
        return self._commands

    def _series(self, kind: Kind, result: Result, kept: list[str], start: int, end: int, every: int) -> int:
        """Give a worker an order, and listen until it is done or dead. Return the number of the next input."""
        worker = self._worker = self._worker or self._start()
        order = {"kind": kind.name, "seed": self.seed, "start": start, "end": end, "kept": kept, "sample_every": every}
        begun, at = time.monotonic(), start
        last = {"refused": 0, "accepted": 0, "finding": 0}
        for message in self._answers(worker, order):
            at = message.get("number", message.get("at", at))
            last = message.get("counts", last)
            if "kept" in message:
                kept.append(message["kept"])
            if "sample" in message:
                result.samples.append(Sample(message["of"], base64.b64decode(message["sample"]), message["refused"]))
            if "finding" in message:
                about = message["finding"]
                data = base64.b64decode(message["input"])
                result.findings.setdefault(
                    about["signature"], Finding(kind.name, at, about["signature"], about["text"], data)
                )
            if "done" in message:
                result.add(message["done"])
                result.seconds += message["seconds"]
                return end
        return self._dead(kind, result, start + sum(last.values()), last, time.monotonic() - begun)

    def _dead(self, kind: Kind, result: Result, at: int, counts: dict[str, int], seconds: float) -> int:
        """Note the input that ended a worker. The worker said how far it was every 200 inputs, and wrote the number of each to a file.

        The command line may take longer to accept an input, and may read it in a process of its own: what it does decides.
        """
        worker, self._worker = self._worker, None
        status = worker.wait() if worker is not None else 0
        number = int((self.work / "number").read_text().split()[0])
        sample = Sample(number, (self.work / "inputs" / kind.name / kind.file).read_bytes(), False)
        faults, ended = try_command(kind, sample, self.work / "commands", self._server())
        if ended is None or faults:
            why = DEATHS.get(status, f"worker ended with {status}")
            text = f"input {number} ended the worker: {why}; the command: {faults or 'none'}"
            result.findings.setdefault(why, Finding(kind.name, number, why, text, sample.data))
        outcome = "finding" if ended is None or faults else "refused" if ended.status == WRONG_USE else "accepted"
        counts = {**counts, "refused": counts["refused"] + max(0, number - at)}
        result.add({**counts, outcome: counts[outcome] + 1})
        result.deaths += 1
        result.seconds += seconds
        return number + 1

    def _answers(self, worker: subprocess.Popen[str], order: dict[str, Any]) -> Iterator[dict[str, Any]]:
        assert worker.stdin is not None  # noqa: S101 - pipes were asked for
        assert worker.stdout is not None  # noqa: S101
        worker.stdin.write(json.dumps(order) + "\n")
        worker.stdin.flush()
        for line in worker.stdout:
            message = json.loads(line)
            yield message
            if "done" in message:
                return

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "fuzzing.worker", str(self.work)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=TOOLS)  # noqa: S603

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None and self._worker.stdin is not None:
            self._worker.stdin.close()
            self._worker.wait()
            self._worker = None
        if self._commands is not None:
            self._commands.close()

    def __enter__(self) -> Campaign:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def share_out(kinds: list[Kind], total: int) -> dict[str, int]:
    """Divide a number of inputs over the kinds by their shares; each gets its valid examples at least."""
    whole = sum(kind.share for kind in kinds)
    return {kind.name: max(len(kind.seeds), total * kind.share // whole) for kind in kinds}


Report = Callable[[Result], None]
