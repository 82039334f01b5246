"""The programs that a PE runs, as pure kernels on integers and arrays; it knows numpy and numba, nothing of files, routes or SimPy."""
