"""The equations of docs/reference/networks.md written densely and slowly in numpy, for graphs of any kind, and random graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Graph, Kind, Population, Projection

Array = NDArray[Any]


@dataclass(frozen=True)
class Dense:
    """What a batch gives: per population [T, B, n], per projection (n_post, n_pre)."""

    spikes: list[Array]
    v: list[Array]
    i: list[Array]
    lambda_v: list[Array]
    lambda_i: list[Array]
    # The sum of the errors of all receivers and of the loss, at spikes.
    e: list[Array]
    grad: list[Array]
    delay_grad: list[Array]


def random_graph(rng: np.random.Generator, steps: int) -> tuple[Graph, list[Array], list[Array | None]]:
    """A graph of one or two inputs, up to three populations and an output, with cycles, skips, masks and delays, its weights and delays."""
    kinds: list[Kind] = ["input"] * int(rng.integers(1, 3)) + ["lif"] * int(rng.integers(1, 5))
    populations = [_population(rng, k, kind) for k, kind in enumerate(kinds)]
    ways = [(int(rng.integers(0, post)), post) for post in range(len(kinds)) if kinds[post] == "lif"]
    for _ in range(int(rng.integers(0, 5))):
        ways.append((int(rng.integers(len(kinds))), int(rng.integers(kinds.count("input"), len(kinds)))))
    projections, weights, delays = [], [], []
    for pre, post in sorted(ways, key=lambda way: way[1]):
        shape = (populations[post].size, populations[pre].size)
        longest = int(rng.choice([0, 0, 3, steps]))
        learn = rng.choice(["both", "axonal"]) if longest else "weights"
        exists = rng.random(shape) < 0.6 if rng.random() < 0.5 else None
        projections.append(Projection(pre, post, learn, longest, exists))
        weights.append(rng.normal(5.0 / shape[1] ** 0.5, 3.0 / shape[1] ** 0.5, shape))
        d = rng.integers(0, longest + 1, (1, shape[1]) if learn == "axonal" else shape)
        delays.append(np.broadcast_to(d, shape).astype(np.float64) if longest else None)
    return Graph(tuple(populations), tuple(projections), len(kinds) - 1), weights, delays


def _population(rng: np.random.Generator, k: int, kind: Kind) -> Population:
    size = int(rng.integers(1, 6))
    if kind == "input":
        return Population(f"p{k}", size, kind)
    own = rng.random() < 0.5
    taus = (tuple(rng.uniform(low, 3 * low, size).tolist()) if own else 2.0 * low for low in (10.0, 3.0))
    rest = int(rng.choice([0, 0, 1, 3, 30]))
    return Population(f"p{k}", size, kind, *taus, refractory_steps=rest)


def dense_batch(
    graph: Graph, weights: list[Array], delays: list[Array | None], x: Array, loss_errors: Any, dt_ms: float
) -> Dense:
    """Run inputs x [T, B, n of all inputs]; `loss_errors` makes dL/dt [T, B, n_out] of the spikes of the output."""
    steps, samples = x.shape[:2]
    ws = [w if q.exists is None else w * q.exists for w, q in zip(weights, graph.projections, strict=True)]
    ds = [np.zeros(w.shape, int) if d is None else d.astype(int) for w, d in zip(ws, delays, strict=True)]
    z, v, u, i, lv, li, e = ([np.zeros((steps, samples, n)) for n in graph.sizes] for _ in range(7))
    for p, first in graph.first_input.items():
        z[p][:] = x[:, :, first : first + graph.sizes[p]]
    rests = [population.refractory_steps for population in graph.populations]
    alpha, beta, tau = ({} for _ in range(3))  # type: dict[int, Array]
    for p, population in enumerate(graph.populations):
        if population.kind != "input":
            alpha[p], beta[p] = (np.exp(-dt_ms / np.asarray(t)) for t in (population.tau_syn_ms, population.tau_mem_ms))
            tau[p] = np.broadcast_to(np.asarray(population.tau_syn_ms) / 1000, (population.size,))
    for s in range(1, steps):
        for p in alpha:
            i[p][s] = alpha[p] * i[p][s - 1]
            for q in graph.incoming(p):
                for k, j in np.ndindex(*ws[q].shape):
                    if s - 1 - ds[q][k, j] >= 0:
                        i[p][s, :, k] += ws[q][k, j] * z[graph.projections[q].pre][s - 1 - ds[q][k, j], :, j]
            u[p][s] = beta[p] * v[p][s - 1] + (1 - beta[p]) * i[p][s]
            for since in range(1, min(rests[p], s) + 1):
                u[p][s] *= 1 - z[p][s - since]
            z[p][s] = u[p][s] > 1.0
            v[p][s] = u[p][s] * (1 - z[p][s])
    e[graph.output] += loss_errors(z[graph.output])
    grad, delay_grad = [np.zeros(w.shape) for w in ws], [np.zeros(w.shape) for w in ws]
    for s in range(steps - 2, -1, -1):
        for q, one in enumerate(graph.projections):
            for k, j in np.ndindex(*ws[q].shape):
                at = s + 1 + ds[q][k, j]
                if at <= steps - 1:
                    sent = ws[q][k, j] * (lv[one.post] - li[one.post])[at, :, k] * z[one.pre][s, :, j]
                    e[one.pre][s, :, j] += sent
                    delay_grad[q][k, j] += sent.sum()
        for p in alpha:
            li[p][s] = alpha[p] * li[p][s + 1] + (1 - alpha[p]) * lv[p][s + 1]
            d, r, again = i[p][s + 1] - u[p][s + 1] + 1e-10, rests[p], s + 1 + rests[p]
            own = lv[p][s + 1]
            if r:  # what acts after the rest, in which there is no lV
                own = i[p][again] * lv[p][again] if again < steps else 0.0
            free = 1 - z[p][s + 1 - r] if r and s + 1 >= r else 1.0
            lv[p][s] = free * beta[p] * lv[p][s + 1] + z[p][s + 1] * (own + e[p][s + 1]) / d
        for q, one in enumerate(graph.projections):
            for k, j in np.ndindex(*ws[q].shape):
                if s + ds[q][k, j] <= steps - 2:
                    grad[q][k, j] -= (
                        tau[one.post][k] * (li[one.post][s + ds[q][k, j], :, k] * z[one.pre][s, :, j]).sum()
                    )
    return Dense(z, u, i, lv, li, e, grad, delay_grad)
