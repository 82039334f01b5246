"""What tools/bench.py measures, each part a small program of its own that prints one JSON line per figure; none checks a result."""
