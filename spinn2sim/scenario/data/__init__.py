"""Loads data sets as spike events per sample."""

from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps
from spinn2sim.scenario.data.splits import Splits, load_dataset, load_splits

__all__ = ["Dataset", "Splits", "dataset_from_steps", "load_dataset", "load_splits"]
