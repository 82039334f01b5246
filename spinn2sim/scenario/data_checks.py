"""Checks of [data] and [encoding] that concern more than one key."""

from __future__ import annotations

import math
from collections.abc import Iterator

from spinn2sim.scenario.keys import OWN_EVENTS, OWN_SOURCES, OWN_TABLES, Problem, Scenario

SHD_UNITS = 700  # the channels of the Spiking Heidelberg Digits
LEAST_STEPS = 4  # for "latency_steps", with the bias in step 0 and values in steps 2 to T - 1
WHOLE = 1e-9  # how far the quotient of two decimal fractions may be from a whole number and still count as one
# What data.path names, by data.source; other sources have no path.
PATHS = {
    "npz": "the path of an npz file",
    "idx": "the path of a folder with IDX files",
    "shd": "the path of a folder with shd_train.h5 and shd_test.h5",
    "csv": "the path of a CSV file",
    "arrays": "the path of an npz file with values and labels",
    "events": "the path of an npz file with times, units, first and labels",
}
# The keys that only some sources have.
KEYS_OF_SOURCES = {
    "test_path": OWN_SOURCES,
    "label": ("csv",),
    "ignore": ("csv",),
    "delimiter": ("csv",),
    "header": ("csv",),
    "missing": OWN_TABLES,
    "scale": OWN_TABLES,
    "channels": ("shd",),
}


def data_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with [data]."""
    data, copies = scenario.data, scenario.training.copies
    if data.source in PATHS and data.path is None:
        yield "data.path", "nothing", f'{PATHS[data.source]} when data.source is "{data.source}"'
    if data.source not in PATHS and data.path is not None:
        yield "data.path", repr(data.path), f'no path when data.source is "{data.source}"'
    for key, sources in KEYS_OF_SOURCES.items():
        value = getattr(data, key)
        if value is not None and data.source not in sources:
            found = value if isinstance(value, int) else repr(value)
            yield f"data.{key}", found, f"no such key but with data.source = {_either(sources)}"
    if data.channels is not None and SHD_UNITS % data.channels:
        yield "data.channels", data.channels, f"a divisor of {SHD_UNITS}, such as 700, 350, 140 or 70"
    taken = data.train_samples - scenario.trained_samples
    if scenario.trained_samples < (copies if scenario.training.epochs else 1):
        beside = f" beside training.validation_samples = {taken}" if taken else ""
        yield "data.train_samples", data.train_samples, f"at least one batch of training.copies = {copies}{beside}"
    if data.source != "yinyang" and data.rotation_deg != 0:
        yield "data.rotation_deg", data.rotation_deg, 'no such key but with data.source = "yinyang"'


def encoding_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield what is wrong with [encoding], besides what depends on the steps."""
    encoding, source = scenario.encoding, scenario.data.source
    for key in ("bias", "complement"):
        if getattr(encoding, key) is not None and source in (OWN_EVENTS, "shd"):
            yield (
                f"encoding.{key}",
                getattr(encoding, key),
                f'no such key with data.source = "{source}": spikes are as they are',
            )
    if encoding.complement is not None and source == "yinyang":
        yield (
            "encoding.complement",
            encoding.complement,
            "no such key with Yin-Yang, which has 1 - x and 1 - y as inputs",
        )
    if encoding.bias is False and encoding.bias_ms is not None:
        yield "encoding.bias_ms", encoding.bias_ms, "no such key with bias = false"
    if encoding.kind == "latency_steps":
        for key, value in _times(scenario).items():
            yield f"encoding.{key}", value, 'no such key with kind = "latency_steps", which fixes all times'


def step_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield why values cannot be encoded in the scenario's steps."""
    encoding, steps = scenario.encoding, scenario.network.steps
    if encoding.kind != "latency_steps":
        yield from _time_problems(scenario, _times(scenario))
    elif steps < LEAST_STEPS:
        yield "network.steps", steps, f'at least {LEAST_STEPS} with encoding.kind = "latency_steps"'


def _times(scenario: Scenario) -> dict[str, float]:
    """Return the times of the encoding that are given, by key."""
    encoding = scenario.encoding
    times = {"t_first_ms": encoding.t_first_ms, "t_last_ms": encoding.t_last_ms, "bias_ms": encoding.bias_ms}
    return {key: value for key, value in times.items() if value is not None}


def _time_problems(scenario: Scenario, times: dict[str, float]) -> Iterator[Problem]:
    dt, steps = scenario.network.dt_ms, scenario.network.steps
    for key, value in times.items():
        if not _is_whole(value / dt):
            yield f"encoding.{key}", value, f"a whole multiple of network.dt_ms = {dt}"
            continue
        needed = round(value / dt) + 2
        if needed > steps:
            allowed = f"at most (steps - 2) dt = {(steps - 2) * dt:g} ms, or network.steps >= {needed} (it is {steps})"
            yield f"encoding.{key}", value, allowed
    if times["t_first_ms"] > times["t_last_ms"]:
        yield "encoding.t_first_ms", times["t_first_ms"], f"at most t_last_ms = {times['t_last_ms']}"


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(f'"{name}"' for name in names)


def _is_whole(quotient: float) -> bool:
    return math.isfinite(quotient) and abs(quotient - round(quotient)) <= WHOLE * max(1.0, abs(quotient))
