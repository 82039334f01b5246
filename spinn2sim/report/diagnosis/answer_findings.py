"""Findings about the answers themselves: at chance, classes that are never answered, one confusion that makes most of the errors."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from spinn2sim.report.diagnosis.collected_facts import Facts
from spinn2sim.report.diagnosis.finding import HINT, SYMPTOM, Finding, percent


def answer_findings(facts: Facts) -> Iterator[Finding]:
    """Yield what the confusion matrix says, of runs with many wrong answers."""
    answers = facts.answers
    if answers is None or not answers.count or not facts.is_bad:
        return
    noise = 2 * sqrt(answers.majority * (1 - answers.majority) / answers.count)
    if answers.accuracy <= answers.majority + noise:
        yield Finding(
            SYMPTOM + 0.8, "at chance",
            f"{percent(answers.accuracy)} of the test samples are right, which is no better than always answering the most frequent "
            f"class ({percent(answers.majority)}).",
            "network.init",
        )  # fmt: skip
    classes = len(answers.samples)
    never = np.flatnonzero((answers.answered == 0) & (answers.samples > 0))
    if len(never) and answers.answered.any():
        share = float(answers.samples[never].sum() / answers.count)
        named = ", ".join(map(str, never[:6])) + (f" and {len(never) - 6} more" if len(never) > 6 else "")
        yield Finding(
            SYMPTOM + 0.5, "never answered", f"Nothing is ever answered with class {named}.", "network.init", share
        )
        return
    errors = answers.confusion[:, :classes].copy()
    np.fill_diagonal(errors, 0)
    wrong = int(errors.sum())
    if classes > 2 and wrong and errors.max() > 0.4 * wrong:
        true, said = np.unravel_index(int(errors.argmax()), errors.shape)
        share = int(errors.max()) / answers.count
        yield Finding(
            HINT, "confusion",
            f"{percent(int(errors.max()) / wrong)} of the wrong answers are class {true} taken for class {said}.",
            "network.hidden", share,
        )  # fmt: skip
