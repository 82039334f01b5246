"""Compares what two runs of scripts recorded: spikes and states of each population, and what was lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import quoted, shortened
from spinn2sim.report.script_run import ScriptRunData

OF_PES = "packets", "time_done"


def recording_differences(one: ScriptRunData, two: ScriptRunData) -> list[str]:
    """Return a line for each recording that differs, with the first place where it does. Raises DataError."""
    lines = [
        f"{what}: {shortened(str(a))} <> {shortened(str(b))}"
        for what, a, b in (
            ("ticks", one.described["ticks"], two.described["ticks"]),
            ("populations", _populations(one), _populations(two)),
            ("lost", one.described["losses"], two.described["losses"]),
        )
        if a != b
    ]
    return [*lines, *_differences(one, two)]


def _populations(run: ScriptRunData) -> list[str]:
    return [f"{p.name} ({p.size} {getattr(p, 'model', '')})" for p in run.graph.populations]


def _differences(one: ScriptRunData, two: ScriptRunData) -> Iterator[str]:
    for name in sorted(set(one.recordings) | set(two.recordings)):
        what = _said(one, name)
        if name not in one.recordings or name not in two.recordings:
            yield f"{what}: only the {'first' if name in one.recordings else 'second'} run recorded it"
            continue
        a, b = one.recordings[name], two.recordings[name]
        if name.startswith("spikes_"):
            yield from _spikes(what, a, b)
        elif a.shape != b.shape:
            yield f"{what}: found shapes {a.shape} and {b.shape}"
        else:
            yield from _values(what, a, b)


def _said(run: ScriptRunData, name: str) -> str:
    """Return the words for an array of recordings.npz: NAME_N is that of population N."""
    state, _, number = name.rpartition("_")
    if name in OF_PES or not number.isdecimal() or int(number) >= len(run.graph.populations):
        return f"{name} of PEs" if name in OF_PES else name
    return f"population {quoted(str(run.graph.populations[int(number)].name))}: {state}"


def _spikes(what: str, a: NDArray[Any], b: NDArray[Any]) -> Iterator[str]:
    """Yield a line if rows (tick, neuron) differ."""
    first, second = (set(map(tuple, rows.reshape(-1, 2).tolist())) for rows in (a, b))
    if first != second:
        tick, neuron = at = min(first ^ second)
        only = "first" if at in first else "second"
        yield f"{what}: {len(first ^ second)} differ, first in tick {tick} neuron {neuron}: only the {only} run has it"


def _values(what: str, a: NDArray[Any], b: NDArray[Any]) -> Iterator[str]:
    """Yield a line if values differ; what is no number in both is the same."""
    other = a != b
    if a.dtype.kind == "f" and b.dtype.kind == "f":
        other &= ~(np.isnan(a) & np.isnan(b))
    if other.any():
        at = tuple(np.argwhere(other)[0].tolist())
        yield f"{what}: {int(other.sum())} differ, first at {list(at)}: {a[at]!s} <> {b[at]!s}"
