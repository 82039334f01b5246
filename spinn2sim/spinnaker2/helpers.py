"""Helpers for recordings and connections, as scripts import them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

TICKS_PER_S = 1000  # the rate is in Hz for ticks of 1 ms


def spike_times_dict_to_arrays(spike_times: Mapping[int, Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (neuron indices, ticks) of the spikes of a dict {neuron: ticks}."""
    counts = [len(times) for times in spike_times.values()]
    indices = np.repeat(np.array(list(spike_times), np.int64), counts)
    times = np.concatenate([np.zeros(0, np.int64), *(np.asarray(t, np.int64) for t in spike_times.values())])
    return indices, times


def spike_times_to_matrix(spike_times: Mapping[int, Sequence[int]], n_timesteps: int) -> NDArray[np.int64]:
    """Return [neuron, tick]: 1 where a neuron fired."""
    matrix = np.zeros((len(spike_times), n_timesteps), np.int64)
    for row, times in enumerate(spike_times.values()):
        matrix[row, np.asarray(times, np.int64)] = 1
    return matrix


def calculate_population_spike_rate(
    times: Any, n_neurons: int, bin_width: int = 10
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (rate of a neuron in Hz, centres of the bins in ticks) for the ticks of all spikes of a population."""
    ticks = np.asarray(times, np.int64)
    bins = max(1, -(-(int(ticks.max(initial=0)) + 1) // bin_width))
    counts, edges = np.histogram(ticks, bins=np.arange(bins + 1) * bin_width)
    return counts * TICKS_PER_S / (bin_width * n_neurons), (edges[:-1] + edges[1:]) / 2


def connection_list_from_dense_weights(weights: Any, delay: int) -> list[list[Any]]:
    """Return rows (pre, post, weight, delay) of all entries of weights[pre, post]."""
    matrix = np.asarray(weights)
    return [[i, j, matrix[i, j], delay] for i in range(matrix.shape[0]) for j in range(matrix.shape[1])]
