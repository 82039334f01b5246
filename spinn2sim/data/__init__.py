"""Data sets as spike events per sample, and reference cases; it never simulates and never reads a pickle."""

from spinn2sim.data.case import Case, load_case
from spinn2sim.data.dataset import Dataset, dataset_from_steps
from spinn2sim.data.load import Splits, load_dataset, load_splits

__all__ = ["Case", "Dataset", "Splits", "dataset_from_steps", "load_case", "load_dataset", "load_splits"]
