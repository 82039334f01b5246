"""Findings about learning: a rate that is too large or too small, too few epochs, overfitting, an end that is worse than the middle."""

from __future__ import annotations

from collections.abc import Iterator

from spinn2sim.report.diagnosis.activity_findings import busy_population, died_in_training, silent_population
from spinn2sim.report.diagnosis.collected_facts import Facts
from spinn2sim.report.diagnosis.finding import CAUSE, HINT, SYMPTOM, UNABLE, Finding, percent
from spinn2sim.report.diagnosis.learning import ratio

RATE = "optimizer.learning_rate"
LARGE_STEP = (
    0.03  # of the weights, by one update: good results were found up to 0.085, so that it takes a bad end as well
)
HUGE_STEP = 0.3  # of the weights of every projection: no good result was found
SMALL_REACH = 0.2  # of the weights, by all updates together
SMALL_CHANGE = 0.02  # the same for SGD, as what was measured


def learning_findings(facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong with how the network learned. Where it could not learn from the start, nothing is said of the rate."""
    if not facts.epochs:
        yield Finding(
            UNABLE,
            "not trained",
            "No epoch was trained: the answers are those of the start weights.",
            "training.epochs",
        )
        return
    able = (
        silent_population(facts, facts.before) is None
        and busy_population(facts, facts.before) is None
        and (facts.metrics[0].get("test_silent_all") or 0.0) < 1.0
    )
    rate = (_too_large(facts) or _too_small(facts)) if able and facts.is_bad else None
    if rate is not None:
        yield rate
    yield from _end(facts)
    yield from _gradients(facts)


def _losses(facts: Facts) -> list[float]:
    found = [line.get("train_loss") for line in facts.metrics]
    return [float(loss) for loss in found if loss is not None]


def _too_large(facts: Facts) -> Finding | None:
    learning = [p for p in facts.projections if p.learns]
    if not learning:
        return None
    step = max(learning, key=lambda p: p.first_step)
    changed = max(learning, key=lambda p: p.relative_change)
    adam = facts.scenario.optimizer.kind == "adam"
    if adam and step.first_step < LARGE_STEP:
        return None
    if not adam and changed.relative_change < 5:
        return None
    losses, before = _losses(facts), float(facts.metrics[0].get("test_loss") or float("inf"))
    accuracies = [float(line.get("test_accuracy") or 0.0) for line in facts.metrics[1:]]
    rises = len(losses) > 1 and losses[-1] > 1.25 * min(losses)
    falls = bool(accuracies) and accuracies[-1] < max(accuracies) - 0.1
    stuck = bool(losses) and losses[-1] > 0.9 * before
    huge = adam and min(p.first_step for p in learning) > HUGE_STEP
    if not (rises or falls or stuck or huge or died_in_training(facts)):
        return None
    what = (
        f"One update moves the weights of {step.name} by {_part(step.first_step)} their size"
        if adam
        else f"Training changed the weights of {changed.name} by {_part(changed.relative_change)} their size"
    )
    seen = (
        "and the network fell silent in training" if died_in_training(facts)
        else f"and the loss, {before:.3g} before training, is {losses[-1]:.3g} after it" if stuck
        else f"and the loss rose again from {min(losses):.3g} to {losses[-1]:.3g}" if rises
        else f"and the accuracy fell from {percent(max(accuracies))} to {percent(accuracies[-1])}" if falls
        else f"and {percent(facts.wrong)} of the answers are wrong"
    )  # fmt: skip
    return Finding(UNABLE + 0.5, "learning rate too large", f"{what}, {seen}: the learning rate is too large.", RATE)


def _part(share: float) -> str:
    """Write a share of something: below one as a percentage, otherwise as a multiple."""
    if share < 1:
        return f"{percent(share)} of"
    return f"{share:,.2g} times" if share < 100 else f"{share:,.0f} times" if share < 1e6 else "millions of times"


def _too_small(facts: Facts) -> Finding | None:
    learning = [p for p in facts.projections if p.learns]
    if not learning:
        return None
    if facts.scenario.optimizer.kind == "adam":
        farthest = max(p.reach or 0.0 for p in learning)
        what = f"All updates together can change the weights by {_part(farthest)} their size at most"
        small = farthest < SMALL_REACH
    else:
        farthest = max(p.relative_change for p in learning)
        what = f"Training changed the weights by {_part(farthest)} their size"
        small = farthest < SMALL_CHANGE
    if not small:
        return None
    return Finding(
        UNABLE + 0.5,
        "learning rate too small",
        f"{what}: the learning rate is too small for training.epochs = {facts.scenario.training.epochs}.",
        RATE,
    )


def _end(facts: Facts) -> Iterator[Finding]:
    """Yield what the curves say about their end."""
    last, training = facts.metrics[-1], facts.scenario.training
    if facts.status != "complete" and facts.is_bad and facts.epochs < training.epochs:
        yield Finding(
            CAUSE + 0.2, "not finished", f"Only {facts.epochs} of {training.epochs} epochs were trained: go on with --resume.",
            "training.epochs",
        )  # fmt: skip
        return
    accuracies = [float(line.get("test_accuracy") or 0.0) for line in facts.metrics]
    kept, best = float(facts.kept.get("test_accuracy") or 0.0), max(accuracies)
    if best - kept > 0.05:
        yield Finding(
            SYMPTOM, "best epoch lost",
            f"The test accuracy was {percent(best)} after epoch {facts.metrics[accuracies.index(best)]['epoch']}, and is {percent(kept)} "
            "with the weights that were kept; with validation samples the best epoch can be kept.",
            "training.keep", best - kept,
        )  # fmt: skip
    gap = float(last.get("train_accuracy") or 0.0) - float(last.get("test_accuracy") or 0.0)
    if gap > 0.1 and float(last["train_accuracy"]) > 0.6:
        yield Finding(
            SYMPTOM + 0.93 if facts.is_bad else HINT, "overfitting",
            f"{percent(float(last['train_accuracy']))} of the training samples are right and {percent(float(last['test_accuracy']))} "
            "of the test samples: the network learned its samples by heart.",
            "data.train_samples", gap,
        )  # fmt: skip
    losses = [float(facts.metrics[0].get("test_loss") or 0.0), *_losses(facts)]
    quarter = max(1, len(losses) // 4)
    if facts.is_bad and losses[-1] < 0.95 * losses[-1 - quarter]:
        yield Finding(
            SYMPTOM + 0.9, "still learning",
            f"The training loss still fell, from {losses[-1 - quarter]:.3g} to {losses[-1]:.3g} in {_epochs(quarter)}.",
            "training.epochs",
        )  # fmt: skip


def _epochs(count: int) -> str:
    return "the last epoch" if count == 1 else f"the last {count} epochs"


def _gradients(facts: Facts) -> Iterator[Finding]:
    """Yield what the last gradients say of projections that hardly got any."""
    if not facts.is_bad:
        return
    found = [p for p in facts.projections if p.learns and p.gradient is not None]
    largest = max((p.gradient or 0.0 for p in found), default=0.0)
    for p in found:
        if (p.without_gradient or 0.0) > 0.95 and largest > 0:
            yield Finding(
                SYMPTOM, "no gradients",
                f"{percent(p.without_gradient or 0.0)} of the synapses of {p.name} got no gradient in the last batches.",
                "training.silent_guard",
            )  # fmt: skip
        elif ratio(largest, p.gradient or 0.0) > 10_000:
            yield Finding(
                SYMPTOM, "vanishing gradients",
                f"The gradients of {p.name} are {ratio(largest, p.gradient or 0.0):,.0f} times smaller than the largest.",
                "numerics.error_shift",
            )  # fmt: skip
