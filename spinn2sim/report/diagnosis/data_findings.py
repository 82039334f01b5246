"""Findings about the data: classes that are not trained, sorted labels, input spikes that tell too little or come too late."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from spinn2sim.report.diagnosis.collected_facts import Facts
from spinn2sim.report.diagnosis.finding import CAUSE, HINT, IMPOSSIBLE, SYMPTOM, UNABLE, Finding, percent
from spinn2sim.scenario.keys import Scenario

NAMED = 6  # how many classes a sentence lists
UNLIKE = 0.25  # the distance between the classes of two splits from which on they are called unlike
CEILING = 0.95  # the best accuracy that equal spikes allow, below which they are a problem
FEW_STEPS = 3  # steps that a code with one spike for each input has to use at least, where there are ten
# Sources of own numbers, which are encoded as they are unless a key says otherwise.
TABLES = ("csv", "arrays")
FORGOTTEN = 4  # how many times all time constants together the inputs may take


def data_findings(facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong with labels and input spikes."""
    if facts.labels is not None:
        yield from _labels(facts)
    if facts.inputs is not None:
        yield from _spikes(facts)


def _labels(facts: Facts) -> Iterator[Finding]:
    labels = facts.labels
    assert labels is not None  # noqa: S101 - the caller asked
    train, test = labels.train, labels.test
    missing = np.flatnonzero((train == 0) & (test > 0))
    hint = "; the training labels are sorted: shuffle the samples" if labels.is_sorted else ""
    key = "data.train_samples" if facts.scenario.data.path is None else "data.path"
    if len(missing):
        share = float(test[missing].sum() / max(1, test.sum()))
        yield Finding(
            IMPOSSIBLE, "untrained class",
            f"No training sample has the label {_listed(missing)}, which {percent(share)} of the test samples have{hint}.",
            key, share,
        )  # fmt: skip
        return
    distance = float(np.abs(train / max(1, train.sum()) - test / max(1, test.sum())).sum() / 2)
    if distance > UNLIKE and test.sum() >= 20:
        yield Finding(
            UNABLE + 0.9, "unlike splits",
            "The classes of the test samples are not those of the training samples: "
            f"their shares overlap by {percent(1 - distance)}{hint}.",
            key, distance,
        )  # fmt: skip
    elif labels.is_sorted and facts.scenario.data.source != "yinyang":
        yield Finding(
            HINT, "sorted labels",
            "The training samples are sorted by label; every epoch shuffles them, so that this does harm only where splits are cut "
            "from them: shuffle the file.",
            key,
        )  # fmt: skip


def _listed(classes: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> str:
    more = f" and {len(classes) - NAMED} more" if len(classes) > NAMED else ""
    return ", ".join(map(str, classes[:NAMED])) + more


def time_key(scenario: Scenario) -> str:
    """Return the key that spreads input spikes over more steps."""
    if scenario.data.source in TABLES and scenario.data.scale == "none":
        return "data.scale"
    return "encoding.t_last_ms" if scenario.encoding.kind == "latency_time" else "network.steps"


def _spikes(facts: Facts) -> Iterator[Finding]:
    found, scenario, steps = facts.inputs, facts.scenario, facts.scenario.network.steps
    assert found is not None  # noqa: S101 - the caller asked
    silenced = scenario.encoding.silent_below > 0
    if found.empty > 0.01:
        yield Finding(
            IMPOSSIBLE if found.empty > 0.1 else CAUSE, "empty samples",
            f"{percent(found.empty)} of the samples have no input spike at all.",
            "encoding.silent_below" if silenced else "data.path", found.empty,
        )  # fmt: skip
    if found.ceiling < CEILING:
        key = "encoding.silent_below" if silenced and found.firing < 0.6 else time_key(scenario)
        explains = found.ceiling < 0.8 or 1 - found.ceiling > 0.4 * facts.wrong
        yield Finding(
            IMPOSSIBLE if explains else CAUSE, "equal inputs",
            f"{percent(found.mixed)} of the samples have the very same input spikes as a sample of another class, so that "
            f"no network can be right in more than {percent(found.ceiling)}; the inputs vary over {found.steps_used} of {steps} steps.",
            key, 1 - found.ceiling,
        )  # fmt: skip
    elif found.one_each and found.steps_used <= FEW_STEPS and steps >= 10 and facts.is_bad:
        yield Finding(
            UNABLE, "few input steps",
            f"The input spikes vary over {found.steps_used} of {steps} steps, so that they say little about the values.",
            time_key(scenario),
        )  # fmt: skip
    if found.late > 0.25 and facts.is_bad:
        yield Finding(
            CAUSE + found.late, "late inputs",
            f"{percent(found.late)} of the input spikes come in the last steps, too late to reach the outputs.",
            "network.steps", found.late,
        )  # fmt: skip
    if facts.encodes and scenario.encoding.complement is not True and facts.is_bad:
        yield Finding(
            SYMPTOM + 0.94, "no complements",
            "Each value is one input, so that small values act late or not at all; with 1 - x beside each x they act as early as large "
            "ones.",
            "encoding.complement",
        )  # fmt: skip
    memory = _memory_steps(facts)
    if found.one_each and found.span > FORGOTTEN * memory and facts.is_bad:
        yield Finding(
            CAUSE + 0.9, "forgotten inputs",
            f"The input spikes of a sample are spread over {found.span} steps, while neurons forget within about {memory:.0f} "
            "(both time constants together).",
            "encoding.t_last_ms" if scenario.encoding.kind == "latency_time" else "network.tau_mem_ms",
        )  # fmt: skip


def _memory_steps(facts: Facts) -> float:
    """Return the longest sum of a neuron's two time constants, in steps."""
    graph = facts.graph
    pairs = [] if graph is None else [pair for p in graph.populations for pair in p.time_constants]
    return max((mem + syn for mem, syn in pairs), default=0.0) / facts.scenario.network.dt_ms or float("inf")
