"""The epoch loop over a trainer and its run directory: evaluate, train, write, remember; it computes no gradient and prints nothing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.compiler import compile_clock
from spinn2sim.errors import DataError, OutputError
from spinn2sim.files import atomic
from spinn2sim.files.npz import read_arrays
from spinn2sim.hardware.packet import PART_NAMES, Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.scenario.schedule import learning_rate
from spinn2sim.trace import run_directory
from spinn2sim.trace.capture import Capture
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.training.interrupts import held
from spinn2sim.training.metrics import Epoch, Line, metrics_line, said_losses, totals
from spinn2sim.training.model_selection import has_ended, kept
from spinn2sim.training.provenance import now, provenance
from spinn2sim.training.reporter import RunReporter, Watch
from spinn2sim.training.trainer import PartResult, Trainer

AGAIN = "start the run again in another folder"
WORTH_SAYING_S = 1.0  # of compiling


class TrainingRun:
    """One run directory being written. `command` is "run", "train float64" or "train fixed"."""

    def __init__(
        self, scenario: Scenario, trainer: Trainer, folder: Path, command: str, recorder: TraceRecorder | None = None,
        plan: Plan | None = None,
    ) -> None:  # fmt: skip
        self.scenario, self.trainer, self.command = scenario, trainer, command
        self.recorder, self.plan = recorder, plan
        self.place(folder)
        self.started, self.resumed = now(), list[str]()
        self.lines: list[Line] = []
        self.weights: Sequence[NDArray[np.float64]] = trainer.weights  # what the run would end with
        self.evaluated = (Part.TEST, Part.VALIDATION) if scenario.training.validation_samples else (Part.TEST,)
        self.next_epoch = 0

    def place(self, folder: Path) -> None:
        """Name the run directory: last, when nothing can refuse any more."""
        self.folder = folder
        self.capture = Capture(folder, self.recorder, self.plan)

    def begin(self) -> None:
        """Write what is known before the start."""
        atomic.write_text(self.folder / run_directory.SCENARIO, resolved_toml(self.scenario))
        atomic.write_json(self.folder / run_directory.PROVENANCE, self._provenance())

    def resume(self, checkpoint: Mapping[str, NDArray[Any]]) -> None:
        """Go on after the epoch of a checkpoint: what was written after it is taken back."""
        epoch = int(checkpoint["epoch"][0])
        self._need_all(epoch)
        if not np.array_equal(checkpoint.get("scenario", np.zeros(0)), scenario_digest(self.scenario)):
            raise OutputError(
                f"{self.folder / run_directory.SCENARIO}: found another scenario than the run began with, "
                "allowed is a change of training.epochs alone"
            )
        self.trainer.load_state(checkpoint)
        self.weights, self.next_epoch = self._kept_weights(checkpoint), epoch + 1
        run_directory.truncate_metrics(self.folder, epoch)
        self.lines = run_directory.read_metrics(self.folder)
        self.capture.drop_after(epoch)

    def _need_all(self, epoch: int) -> None:
        """What was written up to the checkpoint must be there: a gap would only show in the finished run."""
        epochs = self.scenario.training.epochs
        if not 0 <= epoch <= epochs:
            raise OutputError(
                f"{self.folder / run_directory.CHECKPOINT}: epoch: found {epoch}, allowed is 0 to training.epochs = {epochs}"
            )
        found = [line.get("epoch") for line in run_directory.read_metrics(self.folder)][: epoch + 1]
        if found != list(range(epoch + 1)):
            raise OutputError(
                f"{self.folder / run_directory.METRICS}: found epochs {found}, the checkpoint needs 0 to {epoch}; {AGAIN}"
            )
        self.capture.need_all(epoch, (Part.TRAIN, *self.evaluated))

    def _kept_weights(self, checkpoint: Mapping[str, NDArray[Any]]) -> Sequence[NDArray[np.float64]]:
        """The best weights so far where these are kept, else the trainer's. Raises ValueError when the checkpoint has none that fit."""
        now = self.trainer.weights
        if self.scenario.training.keep != "best":
            return now
        best = [checkpoint.get(f"best_{k}", np.zeros(0)) for k in range(len(now))]
        if any(b.shape != w.shape or b.dtype != w.dtype for b, w in zip(best, now, strict=True)):
            raise ValueError("best weights do not fit this scenario")
        return best

    def go(self, reporter: RunReporter) -> Line:
        """All epochs that are left. An interruption or a full disk leaves what was finished; the summary says which it was."""
        status = "interrupted"
        try:
            for epoch in range(self.next_epoch, self.scenario.training.epochs + 1):
                if has_ended(self.scenario.training, self.lines):
                    break
                self._epoch(epoch, reporter)
            status = "complete"
        except KeyboardInterrupt:
            pass
        with held(pass_on=False):  # a second Ctrl-C must not leave a run without its end
            if status != "complete":
                self.capture.interrupted()
            return self._end(status)

    def _epoch(self, number: int, reporter: RunReporter) -> None:
        """All parts of an epoch, then what they gave: metrics first, checkpoint last. Epoch 0 does not train."""
        compiled = compile_clock.seconds
        parts: dict[str, PartResult] = {}
        wall_s: dict[str, float] = {}
        for part in (Part.TRAIN, *self.evaluated) if number else self.evaluated:
            start, name = running_s(), PART_NAMES[part]
            parts[name] = self._part(part, number, reporter.part(name, number, self.scenario.training.epochs))
            wall_s[name] = running_s() - start
            self.capture.end_part(number, part, parts[name].counters)
        if compile_clock.seconds - compiled > WORTH_SAYING_S:
            reporter.compiled(compile_clock.seconds - compiled)
        rate = learning_rate(self.scenario.optimizer, number) if number else None
        line = atomic.plain(metrics_line(self.scenario, Epoch(number, parts, wall_s, rate), used_pes(self.plan)))
        self.capture.wait()
        with held(pass_on=True):
            self._keep(number, line, parts[PART_NAMES[Part.TEST]])
        reporter.epoch(line)
        if line["test_silent_label"] > self.scenario.training.silent_warning and number:
            reporter.warn(
                f"epoch {number}: the label neuron is silent in {line['test_silent_label']:.1%} of the test samples; "
                "a silent neuron learns nothing (training.silent_guard)"
            )

    def _part(self, part: Part, epoch: int, watch: Watch) -> PartResult:
        if part != Part.TRAIN:
            return self.trainer.evaluate(epoch, watch, part)
        return self.trainer.train(epoch, epoch_order(self.scenario.seed, epoch, self.scenario.trained_samples), watch)

    def _keep(self, number: int, line: Line, test: PartResult) -> None:
        """A finished epoch: its line, then its checkpoint."""
        run_directory.append_metrics(self.folder, line)
        self.lines.append(line)
        training = self.scenario.training
        if kept(training, self.lines) is line:
            self.weights = [w.copy() for w in self.trainer.weights]
            self._keep_results(number, test)
        made: dict[str, NDArray[Any]] = {
            "epoch": np.full(1, number, np.int64),
            "scenario": scenario_digest(self.scenario),
        }
        if training.keep == "best":
            made |= {f"best_{k}": w for k, w in enumerate(self.weights)}
        atomic.write_npz(self.folder / run_directory.CHECKPOINT, {**made, **self.trainer.state()})

    def _keep_results(self, number: int, test: PartResult) -> None:
        """The test samples' answers in the epoch that is kept: first-spike steps [n, n_out] (T where silent), of a readout its highest
        voltages too (0 where V was never above rest), and labels [n].
        """
        arrays: dict[str, NDArray[Any]] = {
            "epoch": np.full(1, number, np.int64),
            "first_spike": test.first_spikes,
            "labels": test.labels,
        }
        if test.peaks is not None:
            arrays["max_voltage"] = test.peaks
        atomic.write_npz(self.folder / run_directory.RESULTS, arrays)

    def _end(self, status: str) -> Line:
        """Weights, packets, summary: of the epoch that is kept, the last whole one unless training.keep says otherwise."""
        atomic.write_npz(self.folder / run_directory.WEIGHTS, run_directory.weight_arrays(self.weights))
        self.capture.join()
        summed, training = totals(self.lines), self.scenario.training
        summary = {
            "status": status,
            "last": self.lines[-1] if self.lines else None,
            "kept": kept(training, self.lines),
            "keep": training.keep,
            "ended_early": has_ended(training, self.lines) and self.lines[-1]["epoch"] < training.epochs,
            "totals": summed,
            "losses": said_losses(summed, self.lines),
            "tick_us": tick_us(self.plan),
            "weights_sha256": run_directory.weights_sha256(self.weights),
        }
        atomic.write_json(self.folder / run_directory.SUMMARY, summary)
        atomic.write_json(self.folder / run_directory.PROVENANCE, self._provenance(now()))
        if status == "complete":
            self.capture.clear()  # last: a run that stops before goes on from the parts
        return summary

    def _provenance(self, end: str | None = None) -> dict[str, object]:
        return provenance(self.scenario.seed, self.command, self.started, end, self.resumed)


def running_s() -> float:
    """A clock that stands still while numba compiles."""
    return time.perf_counter() - compile_clock.seconds


def used_pes(plan: Plan | None) -> int:
    """How many PEs run a program; none on the mirror."""
    return 0 if plan is None else sum(len(group.cores) for group in plan.groups)


def tick_us(plan: Plan | None) -> dict[str, int] | None:
    """The tick period of each phase of training; None on the mirror."""
    return None if plan is None else {p.phase.name.lower(): p.period_q // QUANTA_PER_US for p in plan.schedule.train}


def scenario_digest(scenario: Scenario) -> NDArray[np.uint8]:
    """SHA-256 of all that a run rests on, as 32 bytes: every key but the number of epochs."""
    text = resolved_toml(replace(scenario, training=replace(scenario.training, epochs=0)))
    return np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)


def checkpoint_of(folder: Path) -> dict[str, NDArray[Any]] | None:
    """The arrays of checkpoint.npz; None where no epoch was finished. Raises OutputError when it cannot be read."""
    path = folder / run_directory.CHECKPOINT
    if not path.exists():
        return None
    try:
        found = read_arrays(path)
        int(found["epoch"][0])
    except (DataError, KeyError, IndexError) as error:
        raise OutputError(f"{path}: cannot be used ({error}); {AGAIN}") from None
    return found
