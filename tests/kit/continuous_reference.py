"""An oracle of its own: the recurrent network in continuous time, event by event in plain Python, for tau_mem = 2 tau_syn.

Between events V = a x + b x^2 with x = exp(-t / tau_mem), so a crossing is the root of a quadratic. It shares no line with the package.
"""

from __future__ import annotations

import math

import numpy as np

TAU_MEM, TAU_SYN, THRESHOLD = 20e-3, 10e-3, 1.0
Array = np.ndarray
Matrices = tuple[Array, Array, Array]


def loss_of(weights: Matrices, times: Array, sources: Array, label: int) -> float:
    """Cross-entropy of the softmax of the readouts' maxima, for one sample of input spikes in order."""
    spikes = hidden_spikes(weights[0], weights[1], times, sources)
    peaks = np.array([peak(spikes, weights[2][:, k])[0] for k in range(weights[2].shape[1])])
    return float(np.log(np.exp(peaks - peaks.max()).sum()) + peaks.max() - peaks[label])


def hidden_spikes(w: Array, r: Array, times: Array, sources: Array) -> list[tuple[float, int]]:
    """(time, neuron) of all hidden spikes within 80 ms of the last input spike, in order."""
    return [(time, neuron) for time, neuron, _ in crossings(w, r, times, sources)]


def crossings(w: Array, r: Array, times: Array, sources: Array) -> list[tuple[float, int, float]]:
    """(time, neuron, I - V just before) of each of them."""
    v, i, now, event, spikes = np.zeros(len(r)), np.zeros(len(r)), 0.0, 0, []
    end = times[-1] + 80e-3
    while now < end:
        until = times[event] if event < len(times) else end
        waits = [crossing(v[j], i[j], until - now) for j in range(len(r))]
        j = int(np.argmin(waits))
        wait = min(waits[j], until - now)
        v, i, now = potential(v, i, wait), i * math.exp(-wait / TAU_SYN), now + wait
        if waits[j] < math.inf:
            spikes.append((now, j, float(i[j] - THRESHOLD)))
            v[j] = 0.0
            i = i + r[j]
        elif event < len(times):
            i = i + w[sources[event]]
            event += 1
        else:
            break
    return spikes


def potential(v: Array | float, i: Array | float, wait: float) -> Array:
    """V after `wait`."""
    x = math.exp(-wait / TAU_MEM)
    return np.asarray((v + i) * x - i * x * x)


def crossing(v: float, i: float, most: float) -> float:
    """When V first reaches the threshold, inf if not within `most`: (v + i) x - i x^2 = threshold."""
    root = (v + i) ** 2 - 4 * i * THRESHOLD
    if i <= 0 or root < 0:
        return math.inf
    # Of the two instants, V comes up at the one with the larger x.
    x = ((v + i) + math.sqrt(root)) / (2 * i)
    if not 0 < x < 1:
        return math.inf
    wait = -TAU_MEM * math.log(x)
    return wait if wait < most else math.inf


def peak(spikes: list[tuple[float, int]], weights: Array) -> tuple[float, bool]:
    """The maximum of a readout that integrates alone, 0 if it never rises; and whether it is flat there, not at a spike."""
    v, i, best, flat = 0.0, 0.0, 0.0, True
    for k, (time, neuron) in enumerate(spikes):
        i += weights[neuron]
        wait = spikes[k + 1][0] - time if k + 1 < len(spikes) else 1.0
        x = (v + i) / (2 * i) if i > 0 else 2.0  # where dV/dx = 0
        if 0 < x < 1 and -TAU_MEM * math.log(x) < wait and potential(v, i, -TAU_MEM * math.log(x)) > best:
            best, flat = float(potential(v, i, -TAU_MEM * math.log(x))), True
        v, i = float(potential(v, i, wait)), i * math.exp(-wait / TAU_SYN)
        if v > best:
            best, flat = v, False
    return best, flat


def peaks_between_spikes(weights: Matrices, times: Array, sources: Array) -> bool:
    """Whether no readout is highest at the instant of a spike."""
    spikes = hidden_spikes(weights[0], weights[1], times, sources)
    return all(peak(spikes, weights[2][:, k])[1] for k in range(weights[2].shape[1]))


def slopes(weights: Matrices, times: Array, sources: Array, label: int, part: int, step: float) -> Array:
    """dL/dw of one of the three matrices by central differences; nan where a spike comes or goes between the two."""
    out = np.empty_like(weights[part])
    count = spike_counts(weights, times, sources)
    for place in np.ndindex(out.shape):
        ends = []
        for sign in (1, -1):
            moved = (weights[0].copy(), weights[1].copy(), weights[2].copy())
            moved[part][place] += sign * step
            same = spike_counts(moved, times, sources) == count
            ends.append(loss_of(moved, times, sources, label) if same else math.nan)
        out[place] = (ends[0] - ends[1]) / (2 * step)
    return out


def spike_counts(weights: Matrices, times: Array, sources: Array) -> list[int]:
    """Which neurons fired, in order."""
    return [neuron for _, neuron in hidden_spikes(weights[0], weights[1], times, sources)]
