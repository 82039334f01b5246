"""Runs published experiments and compares our values with the printed ones."""
