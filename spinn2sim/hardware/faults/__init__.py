"""Faults of the chip during a run: what is drawn and when, which words and lines are hit, and a row for each injection."""
