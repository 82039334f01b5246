"""The mirror: the network computed off the chip, in float64 or in bit-exact fixed point, with its own kernels, losses and optimizers."""

from spinn2sim.mirror.model import BatchResult, Mirror
from spinn2sim.mirror.record import BatchRecord, record_batch

__all__ = ["BatchRecord", "BatchResult", "Mirror", "record_batch"]
