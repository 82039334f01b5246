"""Hyper-parameter search: Optuna over a space file, trials on the mirror, here or on a cluster; it never uses a test split."""
