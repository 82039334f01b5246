"""Compares the simulated hardware with the mirror, and either of them with reference cases."""
