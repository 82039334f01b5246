"""The fast engine: numba over arrays, one answer with the discrete-event engine; it never names a program."""

from spinn2sim.hardware.engines.compiled.engine import Compiled

__all__ = ["Compiled"]
