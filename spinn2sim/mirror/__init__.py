"""The off-chip replica: dense float64 and bit-exact fixed point, own kernels, loss and optimizer."""

from spinn2sim.mirror.model import BatchResult, Mirror
from spinn2sim.mirror.record import BatchRecord, record_batch

__all__ = ["BatchRecord", "BatchResult", "Mirror", "record_batch"]
