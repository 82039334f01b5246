"""Findings about spikes: populations and labels that are silent, neurons that fire all the time, ties, answers that come late."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from spinn2sim.report.diagnosis.collected_facts import Facts
from spinn2sim.report.diagnosis.finding import HINT, SYMPTOM, UNABLE, Finding, percent
from spinn2sim.report.forward_pass import Activity
from spinn2sim.report.labels import label

BUSY = 0.35  # the share of steps in which the mean neuron of a saturated population fires
BUSY_NEURONS = 0.3  # the share of neurons that may fire in more than a third of the steps
ALMOST = 0.95  # the share of silent neurons from which on a population is called almost silent
SILENT_LABELS = 0.1
TIED = 0.1


def activity_findings(facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong with the spikes of the network. A silent population explains those behind it."""
    dead = _dead(facts)
    if dead is not None:
        yield dead
    busy = None if dead is not None else _busy(facts)
    if busy is not None:
        yield busy
    if dead is None:
        yield from _silent_labels(facts)
    if facts.answers is not None and dead is None:
        yield from _ties(facts)
        yield from _late_answers(facts)


def init_key(facts: Facts, population: int) -> str:
    """Return the key of the initial weights into a population."""
    if facts.graph is None or not facts.scenario.is_graph:
        return "network.init"
    return f"projection.init of the projections into {label(facts.graph.populations[population].name)}"


def silent_population(facts: Facts, activity: Activity | None, share: float = 1.0) -> int | None:
    """Return the first spiking population of which at least `share` of the neurons are silent though its sources fire."""
    if activity is None or facts.graph is None:
        return None
    fires = [bool(spikes.any()) for spikes in activity.spikes]
    for p, population in enumerate(facts.graph.populations):
        sources = [facts.graph.projections[q].pre for q in facts.graph.incoming(p)]
        driven = any(fires[pre] for pre in sources if pre != p)
        if population.kind == "lif" and driven and float(np.mean(activity.spikes[p] == 0)) >= share:
            return p
    return None


def died_in_training(facts: Facts) -> bool:
    """Whether every population fired before training, and one does not any more."""
    return silent_population(facts, facts.before) is None and silent_population(facts, facts.after) is not None


def _dead(facts: Facts) -> Finding | None:
    """Find a population that never fires, or a readout that never rises."""
    p, graph = silent_population(facts, facts.after), facts.graph
    if graph is None:
        return None
    if p is None:
        return _dead_output(facts)
    name = label(graph.populations[p].name)
    if silent_population(facts, facts.before) is not None:
        text = (
            f"No neuron of population {name} fires in any test sample, nor did one before training: the weights into it are too small, "
            "and what never fires learns nothing."
        )
        return Finding(UNABLE + 0.9, "silent population", text, init_key(facts, p))
    text = f"No neuron of population {name} fires any more, while it did before training: training has silenced it."
    guarded = facts.scenario.training.silent_guard != "none"
    return Finding(
        SYMPTOM + 0.97, "silenced population", text, "training.guard_step" if guarded else "training.silent_guard"
    )


def _dead_output(facts: Facts) -> Finding | None:
    """Find outputs that never answer although everything before them fires."""
    if facts.kept.get("test_silent_all", 0.0) < 1.0 or facts.graph is None:
        return None
    output, name = facts.graph.output, label(facts.graph.populations[facts.graph.output].name)
    first = facts.metrics[0].get("test_silent_all", 0.0)
    when = "before training or after" if first >= 1.0 else "any more"
    verb = "rises above rest" if facts.graph.has_readout else "fires"
    return Finding(
        UNABLE if first >= 1.0 else SYMPTOM + 0.97, "silent output",
        f"No output of {name} {verb} in any test sample, {when}: the weights into it are too small or negative.",
        init_key(facts, output),
    )  # fmt: skip


def busy_population(facts: Facts, activity: Activity | None) -> int | None:
    """Return the first spiking population whose neurons fire in so many steps that spike times say nothing."""
    if activity is None or facts.graph is None:
        return None
    for p, population in enumerate(facts.graph.populations):
        if population.kind != "lif":
            continue
        rest = 1 + population.refractory_steps
        rates = activity.spikes[p] * rest / max(1, activity.samples * facts.scenario.network.steps)
        if rates.mean() > BUSY or float(np.mean(rates > 1 / 3)) > BUSY_NEURONS:
            return p
    return None


def _busy(facts: Facts) -> Finding | None:
    """Find a population that fires nearly all the time."""
    if not facts.is_bad or facts.graph is None:
        return None
    before, after = busy_population(facts, facts.before), busy_population(facts, facts.after)
    p, activity = (before, facts.before) if before is not None else (after, facts.after)
    if p is None or activity is None:
        return None
    rate, steps = activity.spikes[p].mean() / max(1, activity.samples), facts.scenario.network.steps
    when = "before training" if before is not None else "after training"
    text = (
        f"The neurons of population {label(facts.graph.populations[p].name)} fire {rate:.1f} times a sample in {steps} "
        f"steps {when}: its weights are too large, so that spike times hardly depend on the input."
    )
    return Finding(
        UNABLE + 0.8 if before is not None else SYMPTOM + 0.96, "saturated population", text, init_key(facts, p)
    )


def _silent_labels(facts: Facts) -> Iterator[Finding]:
    share = float(facts.kept.get("test_silent_label") or 0.0)
    if share < SILENT_LABELS:
        return
    worst = ""
    if facts.answers is not None:
        rates = facts.answers.silent / np.maximum(1, facts.answers.samples)
        c = int(rates.argmax())
        worst = f" (of class {c} in {percent(float(rates[c]))})"
    p = silent_population(facts, facts.after, ALMOST)
    behind = ""
    if p is not None and facts.graph is not None and facts.after is not None:
        fired = int(np.count_nonzero(facts.after.spikes[p]))
        population = facts.graph.populations[p]
        behind = f"; of the {population.size} neurons of {label(population.name)} {fired} ever fire"
    guard = facts.scenario.training.silent_guard
    yield Finding(
        SYMPTOM + 0.95, "silent labels",
        f"The label neuron is silent in {percent(share)} of the test samples{worst}, which makes them wrong, and a silent neuron "
        f"learns nothing{behind}.",
        "training.silent_guard" if guard == "none" else "training.guard_step", share,
    )  # fmt: skip


def _ties(facts: Facts) -> Iterator[Finding]:
    answers = facts.answers
    assert answers is not None  # noqa: S101 - the caller asked
    lost = answers.accuracy - answers.strict_accuracy
    tied = answers.ties / max(1, answers.count)
    if tied > TIED and (lost > TIED / 2 or facts.is_bad):
        yield Finding(
            SYMPTOM if facts.is_bad or lost > TIED else HINT, "ties",
            f"In {percent(tied)} of the test samples several outputs are first in the same step: strict accuracy, which counts these as "
            f"wrong, is {percent(answers.strict_accuracy)}; shorter steps tell them apart.",
            "network.dt_ms", tied,
        )  # fmt: skip


def _late_answers(facts: Facts) -> Iterator[Finding]:
    answers, steps = facts.answers, facts.scenario.network.steps
    assert answers is not None  # noqa: S101 - the caller asked
    if not len(answers.answer_steps):
        return
    late = float(np.mean(answers.answer_steps >= steps - max(2, steps // 20)))
    if late > 0.2 and facts.is_bad:
        yield Finding(
            SYMPTOM, "late answers",
            f"{percent(late)} of the answers come in the last steps, where many come too late.", "network.steps", late,
        )  # fmt: skip
