"""What the command line says: progress, and results as lines; only cli.py imports it."""
