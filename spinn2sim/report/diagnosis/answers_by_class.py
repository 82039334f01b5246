"""The answers to the test samples by class: the confusion matrix, accuracy, silence, ties, and when the answers come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.report.answers import SILENT, Answers, count_answers


@dataclass(frozen=True)
class ClassAnswers:
    """Counts over the n test samples of the kept epoch, for C classes."""

    # [C, C + 1]: samples of a class (row) by what was answered; the last column is "silent", when no output answers.
    confusion: NDArray[np.int64]
    # [C], samples of a class; right ones; right by the strict rule; those whose label neuron is silent
    samples: NDArray[np.int64]
    right: NDArray[np.int64]
    strict: NDArray[np.int64]
    silent: NDArray[np.int64]
    # How many samples have several outputs that are first in the same step, or highest.
    ties: int
    # [n], the steps of the first answering spike, of samples that have one; empty for a readout
    answer_steps: NDArray[np.int64]

    @property
    def count(self) -> int:
        """The number of samples."""
        return int(self.samples.sum())

    @property
    def accuracy(self) -> float:
        """The share of right answers, 0 without samples."""
        return int(self.right.sum()) / max(1, self.count)

    @property
    def strict_accuracy(self) -> float:
        """The share of right answers by the strict rule."""
        return int(self.strict.sum()) / max(1, self.count)

    @property
    def silent_share(self) -> float:
        """The share of samples whose label neuron is silent."""
        return int(self.silent.sum()) / max(1, self.count)

    @property
    def majority(self) -> float:
        """The accuracy of always answering the most frequent class."""
        return int(self.samples.max(initial=0)) / max(1, self.count)

    @property
    def answered(self) -> NDArray[np.int64]:
        """How often each class was answered, [C]."""
        found: NDArray[np.int64] = self.confusion[:, :-1].sum(axis=0)
        return found

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each class, for tables and JSON."""
        return [
            {
                "class": c,
                "samples": int(n),
                "accuracy": int(self.right[c]) / int(n) if n else None,
                "strict": int(self.strict[c]) / int(n) if n else None,
                "label silent": int(self.silent[c]) / int(n) if n else None,
                "answered": int(self.answered[c]),
            }
            for c, n in enumerate(self.samples)
        ]


def class_answers(answers: Answers, steps: int) -> ClassAnswers:
    """Count answers by class. A silent label neuron makes a sample wrong; of outputs that are equal the first answers."""
    labels, rows = answers.labels, np.arange(len(answers.labels))
    classes = answers.first_spike.shape[1]
    if answers.max_voltage is None:
        heights, lowest = -answers.first_spike.astype(np.float64), float(-steps)
    else:
        heights, lowest = answers.max_voltage, -np.inf if answers.average else 0.0
    best, own = heights.max(axis=1), heights[rows, labels]
    answer = answers.predicted(steps)
    equal = np.count_nonzero(heights == best[:, None], axis=1)

    def by_class(which: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(labels[which], minlength=classes).astype(np.int64)

    spoke = answer != SILENT
    return ClassAnswers(
        count_answers(labels, answer, classes),
        np.bincount(labels, minlength=classes).astype(np.int64),
        by_class(answer == labels),
        by_class((answer == labels) & (equal == 1)),
        by_class(own <= lowest),
        int(np.count_nonzero(spoke & (equal > 1))),
        answers.first_spike.min(axis=1)[spoke] if answers.max_voltage is None else np.zeros(0, np.int64),
    )
