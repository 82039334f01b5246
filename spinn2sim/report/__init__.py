"""Reads a run directory and answers questions about it; it never changes a run and starts no simulation."""
