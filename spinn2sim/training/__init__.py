"""Composition root: scenario -> data -> plan -> chip or mirror -> run directory; short, and without arithmetic."""
