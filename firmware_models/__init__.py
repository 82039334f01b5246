"""The programs that PEs run, as pure kernels on integers and arrays. This package imports only numpy and numba."""
