"""What a diagnosis rests on: the files of a run, and what follows from them, each worked out when it is asked for.

A run may have been interrupted, or may be going on: what it has not written yet is None.
"""

from __future__ import annotations

import warnings
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataWarning, Spinn2simError
from spinn2sim.graph import Delays, Graph, Weights
from spinn2sim.report.forward_pass import Activity, chosen_samples, run_forward
from spinn2sim.report.labels import label
from spinn2sim.report.run_data import RunData
from spinn2sim.trace import run_directory
from spinn2sim.training.checkpoint import read_checkpoint
from spinn2sim.training.gradient_sizes import GradientSizes, gradient_sizes
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs
from spinn2sim.training.start_values import read_weights_file


class KnownWeights(NamedTuple):
    """Weights and delays, (n_post, n_pre) of each projection, and the epoch after which the network had them."""

    epoch: int
    weights: Weights
    delays: Delays | None


class Evidence:
    """The files of the run directory `folder`, as what a diagnosis asks for."""

    def __init__(self, folder: Path | str) -> None:
        """Raises DataError if `folder` is not a run of a scenario, AbsentError if it has no finished epoch."""
        if (Path(folder) / run_directory.NETWORK).is_file():
            raise DataError(f"{folder}: found the run of a script's network, allowed is a run that trains a scenario")
        self.run = RunData(folder)
        self.scenario, self.metrics = self.run.scenario, self.run.metrics
        # Why something could not be looked at, in one line each.
        self.absent: list[str] = []

    @cached_property
    def command(self) -> str:
        """How the run was begun: "run", "train float64" and so on; empty if its provenance is gone."""
        try:
            return str(run_directory.read_provenance(self.run.folder).get("command", ""))
        except Spinn2simError:
            return ""

    @cached_property
    def inputs(self) -> RunInputs | None:
        """The data and the start weights; None, with a reason in `absent`, if they cannot be read any more."""
        try:
            with warnings.catch_warnings():  # the run has said what it found in the data, and so do the findings
                warnings.simplefilter("ignore", DataWarning)
                return load_run_inputs(self.run.folder / run_directory.SCENARIO)
        except (Spinn2simError, OSError) as error:
            self.absent.append(f"data and start weights: {error}")
            return None

    @property
    def graph(self) -> Graph | None:
        """The network."""
        return None if self.inputs is None else self.inputs.graph

    @cached_property
    def start(self) -> KnownWeights | None:
        """What training started from."""
        return None if self.inputs is None else KnownWeights(0, self.inputs.weights, self.inputs.delays)

    @cached_property
    def kept(self) -> KnownWeights | None:
        """The weights that the run kept, or those of its checkpoint if it was killed or goes on."""
        try:
            file = read_weights_file(self.run.folder, self.graph)
        except Spinn2simError as error:
            if self.trainer is None:
                self.absent.append(f"trained weights: {error}")
                return None
            return KnownWeights(self.metrics[-1]["epoch"], self.trainer.weights, self.trainer.delays)
        kept = self.run.summary.get("kept") or self.metrics[-1]
        return KnownWeights(int(kept["epoch"]), file.weights, file.delays)

    @cached_property
    def trainer(self) -> MirrorTrainer | OnChipTrainer | None:
        """A trainer in the state of the run's checkpoint; None without a checkpoint that can be used."""
        if self.inputs is None:
            return None
        try:
            checkpoint = read_checkpoint(self.run.folder)
            if checkpoint is None:
                return None
            trainer: MirrorTrainer | OnChipTrainer
            if self.command.startswith("train"):
                trainer = MirrorTrainer(self.inputs, "fixed" if self.command == "train fixed" else "float64")
            else:
                trainer = OnChipTrainer(self.inputs)
            trainer.load_state(checkpoint)
        except (Spinn2simError, OSError, ValueError, KeyError) as error:
            self.absent.append(f"gradients: the checkpoint cannot be used: {error}")
            return None
        return trainer

    @cached_property
    def sizes(self) -> GradientSizes:
        """How large gradients and the last update were, as far as the optimizer's state in the checkpoint tells."""
        if self.trainer is None:
            return GradientSizes(None, None)
        return gradient_sizes(self.scenario.optimizer, self.trainer.moments)

    @cached_property
    def samples(self) -> NDArray[np.int64]:
        """The test samples that are run forward."""
        if self.inputs is None:
            return np.zeros(0, np.int64)
        return chosen_samples(self.scenario, self.inputs.graph, len(self.inputs.test))

    @cached_property
    def activity(self) -> Activity | None:
        """The spikes of test samples with the kept weights."""
        return self._activity(self.kept)

    @cached_property
    def activity_at_start(self) -> Activity | None:
        """The spikes of the same samples before training."""
        return self._activity(self.start)

    def _activity(self, learned: KnownWeights | None) -> Activity | None:
        if self.inputs is None or learned is None:
            return None
        if [w.shape for w in learned.weights] != list(self.inputs.graph.weight_shapes):
            self.absent.append("spikes of single neurons: the trained weights are not those of this network")
            return None
        return run_forward(
            self.scenario, self.inputs.graph, learned.weights, learned.delays, self.inputs.test, self.samples
        )

    def projection_name(self, q: int) -> str:
        """Name a projection by its two populations."""
        if self.graph is None:
            return f"weights_{q}"
        names, projection = self.graph.populations, self.graph.projections[q]
        return f"{label(names[projection.pre].name)}->{label(names[projection.post].name)}"
