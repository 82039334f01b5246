"""How kernels are compiled: lazily, cached on disk under a hash of their sources, with structures handed over by reference."""
