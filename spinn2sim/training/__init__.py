"""Training: from a scenario and its data over a trainer (on the simulated chip, or the mirror) to a run directory."""
