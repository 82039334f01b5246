"""Checks that concern more than one key of a scenario. Each gives an error of one line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from spinn2sim.errors import ScenarioError
from spinn2sim.scenario.fault_checks import fault_problems
from spinn2sim.scenario.fixed_point_limits import refuse_formats
from spinn2sim.scenario.graph_checks import graph_problems
from spinn2sim.scenario.keys import AVERAGE_VOLTAGE, FIRST_SPIKE, MAX_VOLTAGE, Problem, Scenario
from spinn2sim.scenario.size_limits import refuse_declared

MAX_LAYERS = 15  # including the input: a key has four bits for the layer
SHD_UNITS = 700  # the channels of the Spiking Heidelberg Digits
LEAST_STEPS = 4  # for "latency_steps", with the bias in step 0 and values in steps 2 to T - 1
MAX_EXPONENT = 700  # beyond it, exp overflows float64
WHOLE = 1e-9  # how far the quotient of two decimal fractions may be from a whole number and still count as one


def check(scenario: Scenario, file: str) -> None:
    """Raise ScenarioError for the first problem, with file, key, what was found and what is allowed."""
    for problems in (
        _name_problems,
        _data_problems,
        _encoding_problems,
        graph_problems,
        _chain_problems,
        _loss_problems,
        _optimizer_problems,
        _training_problems,
        _mapping_problems,
        _chip_problems,
        _trace_problems,
        fault_problems,
    ):
        _refuse_first(problems(scenario), file)
    refuse_declared(scenario, file)
    if scenario.data.source not in ("npz", "shd"):  # which may hold spikes, which are not encoded
        check_encoding(scenario, file)
    refuse_formats(scenario, file)


def check_encoding(scenario: Scenario, file: str) -> None:
    """Raise ScenarioError if values cannot be encoded in the scenario's steps."""
    _refuse_first(_step_problems(scenario), file)


def _refuse_first(problems: Iterator[Problem], file: str) -> None:
    for key, found, allowed in problems:
        raise ScenarioError(f"{file}: {key}: found {found}, allowed is {allowed}")


def _name_problems(scenario: Scenario) -> Iterator[Problem]:
    # The name is used as the name of a folder.
    if not re.fullmatch(r"\w[\w.+ -]*(?<! )", scenario.name):
        yield "name", repr(scenario.name), "letters, digits, blanks and . + - _, a letter or digit first, no blank last"


def _data_problems(scenario: Scenario) -> Iterator[Problem]:
    data, copies = scenario.data, scenario.training.copies
    if data.source == "npz" and data.path is None:
        yield "data.path", "nothing", 'the path of an npz file when data.source is "npz"'
    if data.source == "idx" and data.path is None:
        yield "data.path", "nothing", 'the path of a folder with IDX files when data.source is "idx"'
    if data.source == "shd" and data.path is None:
        yield "data.path", "nothing", 'the path of a folder with shd_train.h5 and shd_test.h5 when data.source is "shd"'
    if data.channels is not None and data.source != "shd":
        yield "data.channels", data.channels, 'no such key but with data.source = "shd"'
    if data.channels is not None and SHD_UNITS % data.channels:
        yield "data.channels", data.channels, f"a divisor of {SHD_UNITS}, such as 700, 350, 140 or 70"
    if data.source not in ("npz", "idx", "shd") and data.path is not None:
        yield "data.path", repr(data.path), f'no path when data.source is "{data.source}"'
    taken = data.train_samples - scenario.trained_samples
    if scenario.trained_samples < (copies if scenario.training.epochs else 1):
        beside = f" beside training.validation_samples = {taken}" if taken else ""
        yield "data.train_samples", data.train_samples, f"at least one batch of training.copies = {copies}{beside}"
    if data.source != "yinyang" and data.rotation_deg != 0:
        yield "data.rotation_deg", data.rotation_deg, 'no such key but with data.source = "yinyang"'


def _encoding_problems(scenario: Scenario) -> Iterator[Problem]:
    encoding = scenario.encoding
    if encoding.bias is not None and scenario.data.source != "yinyang":
        yield (
            "encoding.bias",
            encoding.bias,
            'no such key but with data.source = "yinyang": other data have a bias with bias_ms alone',
        )
    if encoding.bias is False and encoding.bias_ms is not None:
        yield "encoding.bias_ms", encoding.bias_ms, "no such key with bias = false"
    times = {"t_first_ms": encoding.t_first_ms, "t_last_ms": encoding.t_last_ms, "bias_ms": encoding.bias_ms}
    if encoding.kind == "latency_steps":
        for key, value in times.items():
            if value is not None:
                yield f"encoding.{key}", value, 'no such key with kind = "latency_steps", which fixes all times'
        return
    if scenario.data.source == "npz" and encoding.bias_ms is not None:
        yield "encoding.bias_ms", encoding.bias_ms, 'no such key when data.source is "npz"'


def _step_problems(scenario: Scenario) -> Iterator[Problem]:
    encoding, steps = scenario.encoding, scenario.network.steps
    if encoding.kind == "latency_steps":
        if steps < LEAST_STEPS:
            yield "network.steps", steps, f'at least {LEAST_STEPS} with encoding.kind = "latency_steps"'
        return
    times = {"t_first_ms": encoding.t_first_ms, "t_last_ms": encoding.t_last_ms, "bias_ms": encoding.bias_ms}
    yield from _encoding_time_problems(scenario, {key: value for key, value in times.items() if value is not None})


def _encoding_time_problems(scenario: Scenario, times: dict[str, float]) -> Iterator[Problem]:
    dt, steps = scenario.network.dt_ms, scenario.network.steps
    for key, value in times.items():
        if not _is_whole(value / dt):
            yield f"encoding.{key}", value, f"a whole multiple of network.dt_ms = {dt}"
        needed = round(value / dt) + 2
        if needed > steps:
            allowed = f"at most (steps - 2) dt = {(steps - 2) * dt:g} ms, or network.steps >= {needed} (it is {steps})"
            yield f"encoding.{key}", value, allowed
    if times["t_first_ms"] > times["t_last_ms"]:
        yield "encoding.t_first_ms", times["t_first_ms"], f"at most t_last_ms = {times['t_last_ms']}"


def _chain_problems(scenario: Scenario) -> Iterator[Problem]:
    hidden, init = scenario.network.hidden, scenario.network.init
    if hidden is None or init is None:
        return
    if len(hidden) > MAX_LAYERS - 2:
        yield "network.hidden", f"{len(hidden)} layers", f"0 to {MAX_LAYERS - 2} hidden layers"
    weights = len(hidden) + 1
    if len(init) != weights:
        yield (
            "network.init",
            f"{len(init)} pairs",
            f"{weights} pairs [mean, sd], one for each hidden layer and the output",
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


def _is_whole(quotient: float) -> bool:
    return math.isfinite(quotient) and abs(quotient - round(quotient)) <= WHOLE * max(1.0, abs(quotient))
