"""Writes Parquet files from rows of an engine: the pages are encoded by compiled kernels."""
