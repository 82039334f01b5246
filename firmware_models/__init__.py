"""The programs that PEs run, as pure kernels on integers and arrays. This package imports only numpy and numba."""

from firmware_models.jit.environment import settle_environment

settle_environment()
