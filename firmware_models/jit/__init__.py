"""Compiles kernels: lazily, cached on disk under a hash of their sources, with structures passed by reference."""
