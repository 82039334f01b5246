"""The learning rate of each epoch, in float64.

"cosine" is equation 5 of Loshchilov & Hutter 2017 (arXiv:1608.03983) without restarts, with epochs counted as in torch's
CosineAnnealingLR.
"""

from __future__ import annotations

import math

from spinn2sim.scenario.keys import Optimizer


def delay_rate(optimizer: Optimizer, epoch: int) -> float:
    """Return the learning rate of delays, in steps, of epoch 1, 2, ...: the schedule of the weights, scaled in float64 in this order."""
    return learning_rate(optimizer, epoch) * ((optimizer.delay_rate or 0.0) / optimizer.learning_rate)


def learning_rate(optimizer: Optimizer, epoch: int) -> float:
    """Return the rate of epoch 1, 2, ..., which chip and fixed mirror round to float32 once. `optimizer` has its defaults filled in."""
    done = max(0, epoch - 1)
    if optimizer.schedule == "step":
        return optimizer.learning_rate * optimizer.decay ** (done // optimizer.step_epochs)
    if optimizer.schedule == "cosine":
        share = min(1.0, done / (optimizer.cosine_epochs or 1))
        return (
            optimizer.final_rate
            + (optimizer.learning_rate - optimizer.final_rate) * (1 + math.cos(math.pi * share)) / 2
        )
    return optimizer.learning_rate * optimizer.decay**done
