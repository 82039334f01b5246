"""Convolutions of the mirror of a script's network: products of images and kernels, made densely in each tick."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Convolution


class DenseConvolution:
    """One convolution, whose positive and negative weights are added up apart."""

    def __init__(self, q: Convolution, quantize: bool) -> None:
        """`quantize` cuts weights to integers."""
        self.pre, self.post, self._q = q.pre, q.post, q
        weights = np.trunc(q.kernel) if quantize else q.kernel
        signs = np.stack([np.maximum(weights, 0), np.maximum(-weights, 0)])
        # [sign x channel of post, channel of pre x row x column]
        self._weights = signs.transpose(0, 2, 1, 3, 4).reshape(2 * weights.shape[1], -1)
        self._whole = quantize

    def sums(self, fired: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return [sign, neuron of post], the sums of weights of the neurons of `pre` that fired."""
        q = self._q
        channels, (high, wide) = q.kernel.shape[0], q.kernel.shape[2:]
        rows, columns = q.pooled
        image = fired.reshape(channels, q.height, q.width)[:, : rows * q.pool[0], : columns * q.pool[1]]
        pooled = image.reshape(channels, rows, q.pool[0], columns, q.pool[1]).sum(axis=(2, 4), dtype=np.float64)
        framed = np.pad(pooled, ((0, 0), q.pad[:2], q.pad[2:]))
        windows = np.lib.stride_tricks.sliding_window_view(framed, (high, wide), (1, 2))
        windows = windows[:, :: q.stride[0], :: q.stride[1]].transpose(0, 3, 4, 1, 2)
        covered = windows.reshape(channels * high * wide, -1)
        # Sums of integers are exact in any order; those of fractions have one order, whatever the threads of a matrix product do.
        found: NDArray[np.float64] = (
            self._weights @ covered if self._whole else np.einsum("ij,jk->ik", self._weights, covered)
        )
        return found.reshape(2, -1)
