"""The epoch loop of a run, which writes to the run directory: metrics and a checkpoint after each epoch, weights at the end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.compiler import compile_clock
from spinn2sim.errors import OutputError, ScenarioError
from spinn2sim.files import atomic
from spinn2sim.hardware.packet import PART_NAMES, Part
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.scenario.fixed_point_limits import refuse_weights
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.scenario.schedule import learning_rate
from spinn2sim.trace import run_directory
from spinn2sim.trace.capture import Capture, CapturedBoard, CountedPart
from spinn2sim.training.checkpoint import best_of, checkpoint_arrays, refuse_unfit
from spinn2sim.training.checkpoint_values import refuse_values
from spinn2sim.training.input_digests import described
from spinn2sim.training.interrupts import hold_interrupts
from spinn2sim.training.learning_histograms import learning_columns
from spinn2sim.training.metrics import EpochResult, Line, metrics_line
from spinn2sim.training.model_selection import kept_line, patience_is_spent
from spinn2sim.training.provenance import now, provenance
from spinn2sim.training.reporter import RunReporter, Watch
from spinn2sim.training.run_inputs import RunInputs
from spinn2sim.training.run_summary import run_summary
from spinn2sim.training.trainer import Learned, PartResult, Trainer
from spinn2sim.training.vouched_files import VouchedFiles, remove_unfinished

# The most rows that are joined while Ctrl-C has to wait, and when a run is interrupted; a million take about a second.
JOINED_AT_ONCE = 2_000_000
REPORTED_COMPILING_S = 1.0  # a shorter time for compiling is not reported


class TrainingRun:
    """Runs the epochs of a trainer and writes the run directory."""

    def __init__(
        self, inputs: RunInputs, trainer: Trainer, folder: Path, command: str, before: Mapping[str, Any] | None = None
    ) -> None:
        """`command` is one of start.COMMANDS; `before` is the provenance of a run that is resumed."""
        self.scenario, self.trainer, self.folder, self.command = inputs.scenario, trainer, folder, command
        self._digests, self._start, self._before = inputs.digests, now(), before
        names = inputs.graph.populations
        self._capture = Capture(
            folder,
            trainer.recorder,
            trainer.plan,
            ledgers=trainer.plan is not None,
            learning=inputs.scenario.trace.learning == "epochs",
            board=CapturedBoard(trainer.board, trainer.recorders) if trainer.board is not None else None,
        )
        self._names = [f"{names[q.pre].name}->{names[q.post].name}" for q in inputs.graph.projections]
        self._files = VouchedFiles(folder, self._capture)
        self._lines: list[Line] = []
        # The weights and delays that the run would keep if it ended now, and the synapses that they belong to.
        self._kept = Learned(trainer.weights, trainer.delays)
        self._exists = [projection.exists for projection in inputs.graph.projections]
        self._evaluated = (Part.TEST, Part.VALIDATION) if inputs.scenario.training.validation_samples else (Part.TEST,)
        self._next_epoch = 0
        # The epochs after which too many label neurons were silent.
        self._silent: list[int] = []

    def write_header(self) -> None:
        """Write what is known before the first epoch: the provenance, and the scenario, which makes the folder a run directory."""
        self._write_provenance()
        self._write_scenario()
        self._files.take(run_directory.SCENARIO, run_directory.PROVENANCE)

    def _write_scenario(self) -> None:
        atomic.write_text(self.folder / run_directory.SCENARIO, resolved_toml(self.scenario))

    def resume_from(self, checkpoint: Mapping[str, NDArray[Any]] | None, joined: int = -1) -> None:
        """Go back to the end of a checkpoint's epoch, or to the start if there is none; what was written later is removed.

        `joined` is the last epoch of a complete run, whose tables have been joined and their parts removed.

        Raises OutputError if the checkpoint or earlier files are not what the run needs, or not what it wrote.
        """
        before = self._before or {}
        epoch = -1 if checkpoint is None else int(checkpoint["epoch"][0])
        if checkpoint is not None:
            refuse_unfit(self.folder, self.scenario, self._digests, epoch, checkpoint)
        self._files.check(epoch, has_manifest="inputs" in before)
        if checkpoint is not None:
            self._load(checkpoint, epoch)
            self._capture.drop_unknown(self._files.vouches_for)
            self._capture.restore(min(epoch, joined), (Part.TRAIN, *self._evaluated))
            self._capture.need_all(epoch, (Part.TRAIN, *self._evaluated))
        self._next_epoch = epoch + 1
        run_directory.truncate_metrics(self.folder, epoch)
        self._lines = run_directory.read_metrics(self.folder, whole=True)
        self._capture.drop_after(epoch)
        remove_unfinished(self.folder)
        self._files.begin(resumed=True)
        self._capture.drop_joined()
        self._write_scenario()  # there may be more epochs, and data that moved with the run lie elsewhere now
        self._write_provenance()
        self._files.take(run_directory.SCENARIO, run_directory.PROVENANCE)

    def _load(self, checkpoint: Mapping[str, NDArray[Any]], epoch: int) -> None:
        file = self.folder / run_directory.CHECKPOINT
        lines = run_directory.read_metrics(self.folder, whole=True, lines=epoch + 1)
        refuse_values(file, checkpoint, self.trainer.state(), lines)
        try:
            self.trainer.load_state(checkpoint)
            learned = Learned(self.trainer.weights, self.trainer.delays)
            if self.command != "train float64":
                refuse_weights(self.scenario, learned.weights, str(file))
            self._kept = best_of(checkpoint, learned) if self.scenario.training.keep == "best" else learned
        except ScenarioError as error:
            raise OutputError(str(error)) from None
        except ValueError as error:
            raise OutputError(f"{file}: {error}") from None

    def run_epochs(self, reporter: RunReporter) -> Line:
        """Run all remaining epochs and return the summary, which says whether the run was interrupted.

        After an interruption, or if the disk is full, the finished epochs remain.
        """
        status, training = "interrupted", self.scenario.training
        try:
            for epoch in range(self._next_epoch, training.epochs + 1):
                if patience_is_spent(training, self._lines):
                    break
                self._run_epoch(epoch, reporter)
            if not self._joins_quickly():
                self._capture.join(reporter.joining)
            status = "complete"
        except KeyboardInterrupt:
            pass
        self._count_warnings(reporter)
        with hold_interrupts(pass_on=False):  # a second Ctrl-C must not leave the end of the run unwritten
            if status != "complete":
                self._capture.interrupted()
            if self._joins_quickly():
                self._capture.join(reporter.joining)
            elif status != "complete":
                self._capture.drop_joined()
                reporter.warn(
                    f"{self.folder}: its tables stay in parts until the run is complete; every command reads them"
                )
            return self._write_end(status)

    def _joins_quickly(self) -> bool:
        """Whether the tables are so small that joining them delays Ctrl-C by a second or two at most."""
        return self._capture.row_count() <= JOINED_AT_ONCE

    def _run_epoch(self, epoch: int, reporter: RunReporter) -> None:
        """Run all parts of an epoch, then write their results: metrics first, checkpoint last. Epoch 0 does not train."""
        compiling_s = compile_clock.seconds
        before = Learned(self.trainer.weights, []).copy().weights if self._capture.has_learning else ()
        parts: dict[str, PartResult] = {}
        wall_s: dict[str, float] = {}
        for part in (Part.TRAIN, *self._evaluated) if epoch else self._evaluated:
            start, name = _running_s(), PART_NAMES[part]
            parts[name] = self._run_part(part, epoch, reporter.part(name, epoch, self.scenario.training.epochs))
            wall_s[name] = _running_s() - start
            found = parts[name]
            self._capture.end_part(
                epoch, part, CountedPart(found.counters, found.injections, found.cycles, found.chips)
            )
        if self._capture.has_learning:
            columns = learning_columns(self._names, before, self.trainer, self.scenario.optimizer)
            self._capture.write_learning(epoch, Part.TEST, columns)
        if compile_clock.seconds - compiling_s > REPORTED_COMPILING_S:
            reporter.compiled(compile_clock.seconds - compiling_s)
        rate = learning_rate(self.scenario.optimizer, epoch) if epoch else None
        result = EpochResult(epoch, parts, wall_s, rate)
        line = atomic.as_json(metrics_line(self.scenario, result, self.trainer.plans))
        self._capture.wait()
        with hold_interrupts(pass_on=True):
            self._write_epoch(epoch, line, parts[PART_NAMES[Part.TEST]])
        reporter.epoch(line)
        if line["test_silent_label"] > self.scenario.training.silent_warning and epoch:
            self._silent.append(epoch)
            if len(self._silent) == 1:
                reporter.warn(
                    f"epoch {epoch}: the label neuron is silent in {line['test_silent_label']:.1%} of the test samples; "
                    "a silent neuron learns nothing (training.silent_guard)"
                )

    def _count_warnings(self, reporter: RunReporter) -> None:
        """Say how often there was a reason for a warning that was given once."""
        if len(self._silent) > 1:
            reporter.warn(
                f"label neurons were silent after {len(self._silent)} epochs, last after epoch {self._silent[-1]}; "
                f"why: spinn2sim diagnose {self.folder}"
            )

    def _run_part(self, part: Part, epoch: int, watch: Watch) -> PartResult:
        if part != Part.TRAIN:
            return self.trainer.evaluate(epoch, watch, part)
        return self.trainer.train(epoch, epoch_order(self.scenario.seed, epoch, self.scenario.trained_samples), watch)

    def _write_epoch(self, epoch: int, line: Line, test: PartResult) -> None:
        """Write the metrics of a finished epoch, its results if its weights are to be kept, and its checkpoint."""
        run_directory.append_metrics(self.folder, line)
        self._lines.append(line)
        training = self.scenario.training
        results = None
        if kept_line(training, self._lines) is line:
            self._kept = Learned(self.trainer.weights, self.trainer.delays).copy()
            results = _answers(epoch, test)
        best = self._kept if training.keep == "best" else None
        state = checkpoint_arrays(self.scenario, self._digests, epoch, self.trainer.state(), best)
        self._files.write_epoch(epoch, results, state)

    def _write_end(self, status: str) -> Line:
        """Write weights, tables and summary of the kept epoch: the last finished one, or the best one with training.keep = "best"."""
        self._files.expect_end()
        atomic.write_npz(
            self.folder / run_directory.WEIGHTS,
            run_directory.weight_arrays(self._kept.weights, self._kept.delays, self._exists),
        )
        summary = run_summary(status, self.scenario.training, self._lines, self._kept, self.trainer.plan)
        atomic.write_json(self.folder / run_directory.SUMMARY, summary)
        self._write_provenance(now())
        self._files.take_end(status == "complete")
        if status == "complete":
            self._capture.clear()  # last: a run that stops before goes on from the parts
        return summary

    def _write_provenance(self, end: str | None = None) -> None:
        inputs = described(self.scenario, self._digests, self.folder)
        origin = provenance(self.scenario.seed, self.command, self._start, end, self._before, inputs)
        atomic.write_json(self.folder / run_directory.PROVENANCE, origin)


def _answers(epoch: int, test: PartResult) -> dict[str, NDArray[Any]]:
    """Collect the answers to each test sample: first-spike steps, the highest or average voltages of a readout, and labels."""
    arrays: dict[str, NDArray[Any]] = {
        "epoch": np.full(1, epoch, np.int64),
        "first_spike": test.first_spikes,
        "labels": test.labels,
    }
    if test.peaks is not None:
        arrays["max_voltage"] = test.peaks
    return arrays


def _running_s() -> float:
    """Return the time of a clock that stops while numba compiles."""
    return time.perf_counter() - compile_clock.seconds
