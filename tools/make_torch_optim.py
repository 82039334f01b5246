"""Writes tests/fixtures/torch_optim.npz: trajectories of torch.optim to compare ours with; it needs torch, which the project does not.

Example: python tools/make_torch_optim.py tests/fixtures/torch_optim.npz
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import torch

STEPS, WORDS = 40, 24
RULES: dict[str, tuple[Any, dict[str, Any]]] = {
    "adam": (torch.optim.Adam, {"lr": 0.0019, "betas": (0.9, 0.999), "eps": 1e-8}),
    "adam_decay": (torch.optim.Adam, {"lr": 0.01, "betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 1e-3}),
    "sgd": (torch.optim.SGD, {"lr": 0.5}),
    "sgd_momentum": (torch.optim.SGD, {"lr": 0.3, "momentum": 0.9, "weight_decay": 1e-2}),
}


def main() -> None:
    """Same gradients for every rule; the weights after each step."""
    rng = np.random.default_rng(7)
    start = rng.normal(size=WORDS)
    gradients = rng.normal(size=(STEPS, WORDS)) * 10.0 ** rng.uniform(-6, -2, WORDS)
    gradients[:, :2] = 0.0
    arrays = {"start": start, "gradients": gradients}
    for name, (rule, settings) in RULES.items():
        weights = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        optimizer = rule([weights], foreach=False, **settings)
        path = []
        for gradient in gradients:
            weights.grad = torch.tensor(gradient, dtype=torch.float64)
            optimizer.step()
            path.append(weights.detach().numpy().copy())
        arrays[name] = np.array(path)
    np.savez(sys.argv[1], **arrays)


if __name__ == "__main__":
    main()
