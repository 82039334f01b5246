"""Makes the reference cases of tests/fixtures/graph that have average voltages or neurons that rest, with code of its own.

    python tools/make_graph_cases.py             # compare with the files that are there; exit status 1 if one differs
    python tools/make_graph_cases.py --record    # write them

Nothing of the package is imported: this is docs/reference/networks.md in loops over dense arrays, slow and in float64, as an oracle for
`spinn2sim check`. Each case is refused unless its gradient of the readout's weights equals central differences of its loss.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, Any]
FOLDER = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "graph"
DT = 1e-3
NEAR = 1e-5  # no |U - threshold| may be smaller, so that no rounding decides about a spike


def drawn(seed: int, steps: int, batch: int, kinds: list[tuple[str, int]], ways: list[tuple[int, int, int]]) -> Arrays:
    """Draw a network: kinds (kind, size) of populations, ways (pre, post, longest delay); the last population answers."""
    rng = np.random.default_rng(seed)
    case: Arrays = {
        "T": steps, "dt": DT, "threshold": 1.0, "populations": len(kinds), "projections": len(ways),
        "output": len(kinds) - 1, "labels": rng.integers(0, kinds[-1][1], batch),
    }  # fmt: skip
    for p, (kind, size) in enumerate(kinds):
        case |= {f"kind_{p}": kind, f"size_{p}": size}
        if kind == "input":
            case[f"input_spikes_{p}"] = (rng.random((steps, batch, size)) < 3 / steps).astype(np.uint8)
        else:
            case[f"tau_mem_{p}"] = rng.uniform(12e-3, 28e-3, size)
            case[f"tau_syn_{p}"] = rng.uniform(4e-3, 9e-3, size)
    for q, (pre, post, longest) in enumerate(ways):
        shape = (kinds[post][1], kinds[pre][1])
        case |= {f"pre_{q}": pre, f"post_{q}": post}
        case[f"weights_{q}"] = rng.normal(6.0 / shape[1] if pre != post else 0.0, 9.0 / shape[1], shape)
        case[f"delays_{q}"] = rng.integers(0, longest + 1, shape)
        case[f"mask_{q}"] = (rng.random(shape) < 0.7).astype(np.uint8) if q == 1 else np.ones(shape, np.uint8)
        case[f"weights_{q}"] *= case[f"mask_{q}"]
    return case


def forward(case: Arrays) -> list[Arrays]:
    """Spikes z, U, V and I, [T, B, n], of each population."""
    steps, batch = case["T"], len(case["labels"])
    state: list[Arrays] = []
    for p in range(case["populations"]):
        state.append({name: np.zeros((steps, batch, case[f"size_{p}"])) for name in ("z", "u", "v", "i")})
        if case[f"kind_{p}"] == "input":
            state[p]["z"][:] = case[f"input_spikes_{p}"]
    for step in range(1, steps):
        for p in range(case["populations"]):
            if case[f"kind_{p}"] != "input":
                step_population(case, state, p, step)
    return state


def step_population(case: Arrays, state: list[Arrays], p: int, step: int) -> None:
    """I, U, z and V of one population in one step."""
    own, rest = state[p], int(case.get(f"refractory_{p}", 0))
    alpha, beta = np.exp(-DT / case[f"tau_syn_{p}"]), np.exp(-DT / case[f"tau_mem_{p}"])
    own["i"][step] = alpha * own["i"][step - 1]
    for q in range(case["projections"]):
        for k, j in np.argwhere(case[f"mask_{q}"]) if case[f"post_{q}"] == p else ():
            sent = step - 1 - case[f"delays_{q}"][k, j]
            if sent >= 0:
                own["i"][step, :, k] += case[f"weights_{q}"][k, j] * state[case[f"pre_{q}"]]["z"][sent, :, j]
    resting = own["z"][max(0, step - rest) : step].any(axis=0)
    own["u"][step] = np.where(resting, 0.0, beta * own["v"][step - 1] + (1 - beta) * own["i"][step])
    if case[f"kind_{p}"] == "lif":
        own["z"][step] = own["u"][step] > case["threshold"]
    own["v"][step] = own["u"][step] * (1 - own["z"][step])


def shares(steps: int) -> NDArray[np.float64]:
    """c_i = exp(-i / T) / T, the weights of an average voltage."""
    return np.exp(-np.arange(steps) / steps) / steps


def answer(case: Arrays, state: list[Arrays]) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """The mean loss, what answers [B, n_out] (average voltages, or first spikes), and the loss's derivative by it."""
    own, labels = state[case["output"]], case["labels"]
    hit = np.eye(case[f"size_{case['output']}"])[labels]
    if case["loss_kind"] == "average_voltage":
        found = np.einsum("i,ibn->bn", shares(case["T"]), own["v"])
        score, slope = found / case["temperature"], 1 / case["temperature"]
    else:
        found = np.where(own["z"].any(axis=0), own["z"].argmax(axis=0), case["T"]).astype(np.float64)
        score, slope = -found / case["xi"], -1 / case["xi"]
    p = np.exp(score - score.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss, by = -np.log((p * hit).sum(axis=1)), slope * (p - hit)
    if case["loss_kind"] == "first_spike":
        late = np.exp(found / case["beta"])
        loss += case["alpha"] * ((late - 1) * hit).sum(axis=1)
        by += hit * case["alpha"] / case["beta"] * late
    return float(loss.mean()), found, by / len(labels)


def backward(case: Arrays, state: list[Arrays]) -> Arrays:
    """Adjoints, errors and gradients, by the names of the format."""
    steps, batch, top = case["T"], len(case["labels"]), case["output"]
    _, found, by = answer(case, state)
    for p in range(case["populations"]):
        state[p] |= {name: np.zeros((steps, batch, case[f"size_{p}"])) for name in ("lv", "li", "e", "g")}
    if case["loss_kind"] == "first_spike":
        sample, neuron = np.nonzero(found < steps - 1)
        state[top]["g"][found[sample, neuron].astype(int), sample, neuron] = by[sample, neuron]
    grads: Arrays = {}
    for q in range(case["projections"]):
        grads[f"grad_{q}"] = np.zeros(case[f"weights_{q}"].shape)
        if case[f"delays_{q}"].any():
            grads[f"delay_grad_{q}"] = np.zeros(case[f"weights_{q}"].shape)
    for step in range(steps - 2, -1, -1):
        if case["loss_kind"] == "average_voltage":
            rest_mem, rest_syn = (-np.expm1(-DT / case[f"tau_{kind}_{top}"]) for kind in ("mem", "syn"))
            kappa = rest_mem / rest_syn * DT / case[f"tau_syn_{top}"]
            # The sign of the adjoint is the authors': dW is minus the sum of tau_syn lI.
            state[top]["lv"][step + 1] -= shares(steps)[step + 1] * kappa * by
        for q in range(case["projections"]):
            send_errors(case, state, grads, q, step)
        for p in range(case["populations"]):
            if case[f"kind_{p}"] != "input":
                step_adjoint(case, state, p, step)
    for q in range(case["projections"]):
        add_gradient(case, state, grads, q)
    return grads


def send_errors(case: Arrays, state: list[Arrays], grads: Arrays, q: int, step: int) -> None:
    """e of the spikes of one step over one projection, and the gradients of its delays."""
    pre, post = state[case[f"pre_{q}"]], state[case[f"post_{q}"]]
    for k, j in np.argwhere(case[f"mask_{q}"]):
        acts = step + 1 + case[f"delays_{q}"][k, j]
        if acts < case["T"]:
            sent = case[f"weights_{q}"][k, j] * (post["lv"] - post["li"])[acts, :, k] * pre["z"][step, :, j]
            pre["e"][step, :, j] += sent
            if f"delay_grad_{q}" in grads:
                grads[f"delay_grad_{q}"][k, j] += sent.sum()


def step_adjoint(case: Arrays, state: list[Arrays], p: int, step: int) -> None:
    """lI and lV of one population in one step, from the step after it."""
    own, rest = state[p], int(case.get(f"refractory_{p}", 0))
    alpha, beta = np.exp(-DT / case[f"tau_syn_{p}"]), np.exp(-DT / case[f"tau_mem_{p}"])
    now, restart = step + 1, step + 1 + rest
    own["li"][step] = alpha * own["li"][now] + (1 - alpha) * own["lv"][now]
    passed, jump = beta * own["lv"][now], own["lv"][now]
    if rest:
        jump = own["i"][restart] * own["lv"][restart] if restart < case["T"] else 0.0
        if now - rest >= 0:
            passed = np.where(own["z"][now - rest], 0.0, passed)
    slope = own["i"][now] - own["u"][now] + 1e-10
    own["lv"][step] = passed + own["z"][now] * (jump + own["e"][now] + own["g"][now]) / slope


def add_gradient(case: Arrays, state: list[Arrays], grads: Arrays, q: int) -> None:
    """dW of one projection."""
    pre, post, tau = state[case[f"pre_{q}"]], state[case[f"post_{q}"]], case[f"tau_syn_{case[f'post_{q}']}"]
    for k, j in np.argwhere(case[f"mask_{q}"]):
        late = case[f"delays_{q}"][k, j]
        for step in range(case["T"] - 1 - late):
            grads[f"grad_{q}"][k, j] -= tau[k] * (post["li"][step + late, :, k] * pre["z"][step, :, j]).sum()


def solved(case: Arrays) -> Arrays:
    """The case with what it expects. Raises ValueError where a rounding could decide, and for a gradient that differences deny."""
    state = forward(case)
    grads = backward(case, state)
    loss, found, _ = answer(case, state)
    expected: Arrays = {"loss": loss, **grads}
    expected["average_voltage" if case["loss_kind"] == "average_voltage" else "first_spike"] = found
    for p in range(case["populations"]):
        if case[f"kind_{p}"] == "input":
            continue
        own, names = state[p], {"v": "v", "i": "i", "lambda_v": "lv", "lambda_i": "li", "error": "e"}
        expected[f"spikes_{p}"] = own["z"].astype(np.uint8)
        expected |= {f"{name}_{p}": own[short] for name, short in names.items()}
        if case[f"kind_{p}"] == "lif" and np.abs(own["u"] - case["threshold"]).min() < NEAR:
            raise ValueError(f"population {p}: a voltage is within {NEAR} of the threshold; draw another seed")
    if case["loss_kind"] == "average_voltage":
        refuse_other_slopes(case, grads)
    return case | expected


def refuse_other_slopes(case: Arrays, grads: Arrays) -> None:
    """Raise ValueError unless dW of each weight into the readout is dt times the central difference of the loss."""
    last = [q for q in range(case["projections"]) if case[f"post_{q}"] == case["output"]]
    for q in last:
        for place in map(tuple, np.argwhere(case[f"mask_{q}"])):
            ends = []
            for sign in (1, -1):
                moved = case[f"weights_{q}"].copy()
                moved[place] += sign * 1e-5
                other = case | {f"weights_{q}": moved}
                ends.append(answer(other, forward(other))[0])
            slope = (ends[0] - ends[1]) / 2e-5 * case["dt"]
            if abs(slope - grads[f"grad_{q}"][place]) > 1e-7 * np.abs(grads[f"grad_{q}"]).max():
                raise ValueError(
                    f"projection {q}: gradient {grads[f'grad_{q}'][place]} at {place}, differences say {slope}"
                )


def cases() -> dict[str, Arrays]:
    """The cases by their names."""
    average = {"loss_kind": "average_voltage", "temperature": 1.0}
    first = {"loss_kind": "first_spike", "xi": 6.0, "alpha": 0.01, "beta": 40.0}
    readout, loop = [("input", 4), ("lif", 6), ("readout", 3)], [(0, 1, 0), (1, 1, 4), (1, 2, 3)]
    spiking = [("input", 4), ("lif", 6), ("lif", 3)]
    skip = [("input", 3), ("lif", 5), ("lif", 4), ("readout", 2)]
    return {
        "g11_average_recurrent": drawn(11, 40, 3, readout, loop) | average,
        "g12_average_skip": drawn(12, 40, 3, skip, [(0, 1, 2), (0, 2, 0), (1, 2, 5), (2, 3, 0), (1, 3, 6)]) | average,
        "g13_resting": drawn(13, 40, 3, spiking, loop) | first | {"refractory_1": 4, "refractory_2": 2},
        "g14_resting_average": drawn(14, 40, 3, readout, loop) | average | {"refractory_1": 3},
    }


def main() -> None:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true")
    asked, differ = parser.parse_args(), 0
    for name, case in cases().items():
        arrays, path = solved(case), FOLDER / f"{name}.npz"
        if asked.record:
            np.savez_compressed(path, **arrays)
        with np.load(path, allow_pickle=False) as file:
            same = set(file) == set(arrays) and all(
                np.allclose(file[key], value, rtol=1e-12, atol=1e-15) if np.asarray(value).dtype.kind == "f" else
                np.array_equal(file[key], value) for key, value in arrays.items()
            )  # fmt: skip
        fired = [int(arrays[f"spikes_{p}"].sum()) for p in range(case["populations"]) if f"spikes_{p}" in arrays]
        print(f"{name}: {'same' if same else 'DIFFERENT'}, spikes {fired}, loss {arrays['loss']:.4f}")
        differ += not same
    raise SystemExit(differ > 0)


if __name__ == "__main__":
    main()
