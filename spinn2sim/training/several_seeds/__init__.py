"""Runs of one scenario with several seeds, side by side in processes of this machine, in one folder with one table."""
