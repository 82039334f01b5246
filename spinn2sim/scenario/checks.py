"""Checks that concern more than one key of a scenario. Each gives an error of one line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from spinn2sim.errors import refuse_problems
from spinn2sim.scenario.board_checks import board_problems
from spinn2sim.scenario.data_checks import data_problems, encoding_problems, step_problems
from spinn2sim.scenario.fault_checks import fault_problems
from spinn2sim.scenario.fixed_point_limits import refuse_formats
from spinn2sim.scenario.graph_checks import graph_problems
from spinn2sim.scenario.keys import AVERAGE_VOLTAGE, FIRST_SPIKE, MAX_VOLTAGE, OWN_EVENTS, Problem, Scenario
from spinn2sim.scenario.size_limits import refuse_declared

MAX_LAYERS = 15  # including the input: a key has four bits for the layer
MAX_EXPONENT = 700  # beyond it, exp overflows float64


def check(scenario: Scenario, file: str) -> None:
    """Raise ScenarioError with all problems, a line each: file, key, what was found and what is allowed.

    What rests on these keys, sizes and the limits of formats, is checked if they are right.
    """
    groups = (
        _name_problems,
        data_problems,
        encoding_problems,
        graph_problems,
        _chain_problems,
        _loss_problems,
        _optimizer_problems,
        _training_problems,
        _mapping_problems,
        _chip_problems,
        _trace_problems,
        fault_problems,
        board_problems,
    )
    refuse_problems([line for problems in groups for line in _lines(problems(scenario), file)])
    refuse_declared(scenario, file)
    if scenario.data.source not in ("npz", "shd", OWN_EVENTS):  # which may hold spikes, which are not encoded
        check_encoding(scenario, file)
    refuse_formats(scenario, file)


def check_encoding(scenario: Scenario, file: str) -> None:
    """Raise ScenarioError if values cannot be encoded in the scenario's steps."""
    refuse_problems(_lines(step_problems(scenario), file))


def _lines(problems: Iterator[Problem], file: str) -> list[str]:
    return [f"{file}: {key}: found {found}, allowed is {allowed}" for key, found, allowed in problems]


def _name_problems(scenario: Scenario) -> Iterator[Problem]:
    # The name is used as the name of a folder.
    if not re.fullmatch(r"\w[\w.+ -]*(?<! )", scenario.name):
        yield "name", repr(scenario.name), "letters, digits, blanks and . + - _, a letter or digit first, no blank last"


def _chain_problems(scenario: Scenario) -> Iterator[Problem]:
    hidden, init = scenario.network.hidden, scenario.network.init
    if hidden is None:
        return
    if len(hidden) > MAX_LAYERS - 2:
        yield "network.hidden", f"{len(hidden)} layers", f"0 to {MAX_LAYERS - 2} hidden layers"
        return
    weights = len(hidden) + 1
    if not isinstance(init, str) and init is not None and len(init) != weights:
        yield (
            "network.init",
            f"{len(init)} pairs",
            f'{weights} pairs [mean, sd], one for each hidden layer and the output, or "auto"',
        )


def _loss_problems(scenario: Scenario) -> Iterator[Problem]:
    whole_ms, loss = scenario.network.steps * scenario.network.dt_ms, scenario.loss
    own = dict.fromkeys(("xi_ms", "a", "b_ms"), (FIRST_SPIKE,)) | {"temperature": (MAX_VOLTAGE, AVERAGE_VOLTAGE)}
    for key, kinds in own.items():
        value = getattr(loss, key)
        if loss.kind in kinds and value is None:
            yield f"loss.{key}", "nothing", f'a number with loss.kind = "{loss.kind}"'
        if loss.kind not in kinds and value is not None:
            yield f"loss.{key}", value, f'no such key with loss.kind = "{loss.kind}": it is of "{kinds[0]}"'
    if loss.b_ms is not None and whole_ms / loss.b_ms > MAX_EXPONENT:
        yield (
            "loss.b_ms",
            loss.b_ms,
            f"at least T dt / {MAX_EXPONENT} = {whole_ms / MAX_EXPONENT:g}: exp(T/b) must be finite",
        )


def _optimizer_problems(scenario: Scenario) -> Iterator[Problem]:
    optimizer = scenario.optimizer
    for name in ("beta1", "beta2"):
        if np.float32(getattr(optimizer, name)) >= 1:
            yield f"optimizer.{name}", getattr(optimizer, name), "a number that float32 tells from 1"
    for name in ("epsilon", "learning_rate"):
        with np.errstate(over="ignore"):
            value = np.float32(getattr(optimizer, name))
        if value == 0 or not np.isfinite(value):
            yield f"optimizer.{name}", getattr(optimizer, name), "a number that float32 tells from 0 and infinity"
    if optimizer.schedule == "cosine" and optimizer.final_rate > optimizer.learning_rate:
        yield "optimizer.final_rate", optimizer.final_rate, f"at most learning_rate = {optimizer.learning_rate}"
    if optimizer.clip is not None and optimizer.clip_norm is not None:
        yield "optimizer.clip_norm", "it beside clip", "one of the two"


def _training_problems(scenario: Scenario) -> Iterator[Problem]:
    training = scenario.training
    if training.silent_guard != "none" and training.guard_step <= 0:
        yield "training.guard_step", training.guard_step, f'more than 0 with silent_guard = "{training.silent_guard}"'
    if training.silent_guard == "push" and scenario.has_readout:
        yield (
            "training.silent_guard",
            '"push"',
            f'"none", "raise_weights" or "rate" with loss.kind = "{scenario.loss.kind}": its outputs never spike, so none is silent',
        )
    if training.silent_guard == "rate" and training.rate_range is None:
        yield "training.rate_range", "nothing", '[least, most] spikes of a neuron per sample with silent_guard = "rate"'
    if training.rate_range is not None and training.rate_range[0] > training.rate_range[1]:
        yield (
            "training.rate_range",
            list(training.rate_range),
            "the least rate and the most, the least not above the most",
        )
    yield from _validation_problems(scenario)


def _validation_problems(scenario: Scenario) -> Iterator[Problem]:
    training, data = scenario.training, scenario.data
    if training.validation_samples == 0:
        none = "no validation split: training.validation_samples = 0"
        if training.patience:
            yield "training.patience", f"{training.patience}, and {none}", "0 without one"
        if training.keep == "best":
            yield "training.keep", f'"best", and {none}', '"last" without one'
    elif data.source == "yinyang" and training.validation_seed in (data.train_seed, data.test_seed):
        other = "train" if training.validation_seed == data.train_seed else "test"
        yield (
            "training.validation_seed",
            training.validation_seed,
            f"another one than data.{other}_seed: its samples are the same",
        )


def _mapping_problems(scenario: Scenario) -> Iterator[Problem]:
    mapping = scenario.mapping
    layers = len(scenario.population or ()) if scenario.is_graph else len(scenario.network.hidden or ()) + 2
    named = "one for each [[population]]" if scenario.is_graph else "input, hidden layers, output"
    if mapping.neurons_per_pe is not None and mapping.pes_per_layer is not None:
        yield "mapping.pes_per_layer", "it beside neurons_per_pe", "one of the two"
    if mapping.pes_per_layer is not None and len(mapping.pes_per_layer) != layers:
        yield (
            "mapping.pes_per_layer",
            f"{len(mapping.pes_per_layer)} numbers",
            f"{layers}: {named}",
        )


def _chip_problems(scenario: Scenario) -> Iterator[Problem]:
    tick = scenario.chip.tick_us
    if not isinstance(tick, str) and tick != int(tick):
        yield "chip.tick_us", tick, "a whole number of microseconds: the timers count at 1 MHz"


def _trace_problems(scenario: Scenario) -> Iterator[Problem]:
    trace = scenario.trace
    if trace.ticks is not None and trace.ticks[0] > trace.ticks[1]:
        yield "trace.ticks", list(trace.ticks), "the first tick and the last one, the first not behind the last"
    if trace.packets == "window":
        yield from _window_problems(scenario)


def _window_problems(scenario: Scenario) -> Iterator[Problem]:
    trace, epochs = scenario.trace, scenario.training.epochs
    if not 1 <= trace.epoch <= epochs:
        yield "trace.epoch", trace.epoch, f"1 to training.epochs = {epochs}"
    if trace.first_batch > trace.last_batch:
        yield "trace.first_batch", trace.first_batch, f"at most last_batch = {trace.last_batch}"
    batches = scenario.trained_samples // scenario.training.copies
    if trace.last_batch >= batches:
        yield (
            "trace.last_batch",
            trace.last_batch,
            f"at most {batches - 1}: an epoch has {batches} batches, counted from 0",
        )
