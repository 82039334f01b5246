"""Comparisons that can fail: the simulated hardware against the mirror, and either of them against reference cases."""
