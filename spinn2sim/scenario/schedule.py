"""The learning rate of each epoch, in float64.

"cosine" is equation 5 of Loshchilov & Hutter 2017 (arXiv:1608.03983) without restarts, as torch's CosineAnnealingLR counts it.
"""

from __future__ import annotations

import math

from spinn2sim.scenario.keys import Optimizer


def learning_rate(optimizer: Optimizer, epoch: int) -> float:
    """The rate of epoch 1, 2, ...; chip and fixed mirror round it to float32 once. `optimizer` is one that `scenario.load` filled in."""
    o, done = optimizer, max(0, epoch - 1)
    if o.schedule == "step":
        return o.learning_rate * o.decay ** (done // o.step_epochs)
    if o.schedule == "cosine":
        share = min(1.0, done / (o.cosine_epochs or 1))
        return o.final_rate + (o.learning_rate - o.final_rate) * (1 + math.cos(math.pi * share)) / 2
    return o.learning_rate * o.decay**done
