"""A model of a script's network for tests, written from the specification with dense matrices and nothing of the program."""

from __future__ import annotations

from typing import Any

import numpy as np

F = np.float32


def play(
    populations: list[dict[str, Any]], projections: list[tuple[int, int, list[Any]]], ticks: int
) -> list[set[tuple[int, int]]]:
    """Return the spikes (tick, neuron) of each population. A population is a dict of size, model and params."""
    sums = [np.zeros((ticks + 16, 2, p["size"])) for p in populations]
    state = [{key: np.full(p["size"], 0, F) for key in ("E", "I", "left")} for p in populations]
    for p, s in zip(populations, state, strict=True):
        s["v"] = np.full(p["size"], p["params"].get("v_init", 0) if p["model"] != "spike_list" else 0, F)
    spikes: list[set[tuple[int, int]]] = [set() for _ in populations]
    for t in range(ticks):
        for k, p in enumerate(populations):
            for j in range(p["size"]):
                if fires(p, state[k], sums[k][t, :, j], j, t):
                    spikes[k].add((t, j))
                    for pre, post, rows in projections:
                        own = [row for row in rows if pre == k and row[0] == j]
                        for _, target, weight, delay in own:
                            sums[post][t + 1 + delay, int(weight < 0), target] += abs(int(weight))
    return spikes


def fires(p: dict[str, Any], s: dict[str, Any], now: Any, j: int, t: int) -> bool:
    """Step neuron j, and return whether it fires."""
    q = p["params"]
    if p["model"] == "spike_list":
        return t in q.get(j, ())
    exc, inh = F(now[0]), F(now[1])
    if "curr" in p["model"]:
        s["E"][j] = F(q["exc_decay"]) * s["E"][j] + exc
        s["I"][j] = F(q["inh_decay"]) * s["I"][j] + inh
        exc, inh = s["E"][j], s["I"][j]
    if s["left"][j] > 0:
        s["left"][j] -= 1
    else:
        s["v"][j] = s["v"][j] * F(q["alpha_decay"]) + ((exc - inh) + F(q["i_offset"]))
    if s["v"][j] < F(q["threshold"]):
        return False
    s["v"][j] = s["v"][j] - F(q["threshold"]) if q["reset"] == "reset_by_subtraction" else F(q["v_reset"])
    s["left"][j] = q.get("t_refrac", 0)
    return True
