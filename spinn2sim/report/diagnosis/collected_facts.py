"""All facts that findings are drawn from, collected once from the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Graph
from spinn2sim.report.diagnosis.answers_by_class import ClassAnswers, class_answers
from spinn2sim.report.diagnosis.evidence import Evidence
from spinn2sim.report.diagnosis.input_spikes import InputSpikes, input_spikes
from spinn2sim.report.diagnosis.learning import ProjectionFacts, projection_facts
from spinn2sim.report.forward_pass import Activity
from spinn2sim.report.run_data import AbsentError
from spinn2sim.scenario.keys import Scenario

BAD = 0.12  # the share of wrong answers from which on causes are looked for that many good runs have, too

OWN = ("csv", "arrays", "npz")  # the sources of own values


@dataclass(frozen=True)
class LabelFacts:
    """How many samples each class has, [C], in the training and the test split, and whether training samples are sorted by label."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    is_sorted: bool


@dataclass(frozen=True)
class Facts:
    """The facts of one run. What the run's files do not tell is None or empty."""

    scenario: Scenario
    metrics: list[dict[str, Any]]
    # The line of metrics whose weights were kept.
    kept: dict[str, Any]
    status: str
    graph: Graph | None
    answers: ClassAnswers | None
    labels: LabelFacts | None
    inputs: InputSpikes | None
    # Whether a user's own values are encoded as spikes.
    encodes: bool
    before: Activity | None
    after: Activity | None
    projections: list[ProjectionFacts]

    @property
    def wrong(self) -> float:
        """The share of wrong answers to the test samples after the kept epoch."""
        return 1.0 - float(self.kept.get("test_accuracy") or 0.0)

    @property
    def is_bad(self) -> bool:
        """Whether so many answers are wrong that something should explain them."""
        return self.wrong > BAD

    @property
    def epochs(self) -> int:
        """The number of epochs that were trained."""
        return int(self.metrics[-1]["epoch"])


def collect(evidence: Evidence) -> Facts:
    """Collect the facts of a run. What cannot be read is left out, with a reason in evidence.absent. Raises DataError."""
    scenario, summary = evidence.scenario, evidence.run.summary
    try:
        answers = class_answers(evidence.run.results, scenario.network.steps)
    except AbsentError as error:
        evidence.absent.append(f"answers to single samples: {error}")
        answers = None
    inputs = labels = None
    encodes = False
    if evidence.inputs is not None:
        data, classes = evidence.inputs, evidence.inputs.train.n_classes
        train, test = (np.bincount(d.labels, minlength=classes) for d in (data.train, data.test))
        labels = LabelFacts(train.astype(np.int64), test.astype(np.int64), _is_sorted(data.train.labels))
        encodes = data.train.values is not None and scenario.data.source in OWN
        inputs = input_spikes((data.train, data.test), scenario.network.steps, _depth(data.graph))
    return Facts(
        scenario, evidence.metrics, summary.get("kept") or evidence.metrics[-1],
        str(summary.get("status", "stopped before its end, or going on")), evidence.graph, answers, labels, inputs, encodes,
        evidence.activity_at_start, evidence.activity, projection_facts(evidence),
    )  # fmt: skip


def _is_sorted(labels: NDArray[np.int64]) -> bool:
    steps = np.diff(labels)
    return len(labels) > 2 and bool((steps >= 0).all() or (steps <= 0).all())


def _depth(graph: Graph) -> int:
    """Return the steps from an input's spike to its first effect on the answer: the shortest way to the output, and the last step."""
    distance = dict.fromkeys(graph.inputs, 0)
    for _ in graph.populations:
        for q in graph.projections:
            if q.pre in distance:
                distance[q.post] = min(distance.get(q.post, len(graph.populations)), distance[q.pre] + 1)
    return distance.get(graph.output, 0) + (0 if graph.has_readout else 1)
