"""Hyper-parameter search: Optuna over a space file, trials on the mirror, in processes or on a Dask cluster; it never reads a test split."""
