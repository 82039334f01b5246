"""Hyper-parameter search with Optuna over a space file; trials run on the mirror, on this machine or on a cluster."""
