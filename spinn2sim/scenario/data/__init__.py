"""Loads data sets as spike events per sample."""

from spinn2sim.scenario.data.dataset import Dataset, dataset_from_steps
from spinn2sim.scenario.data.events import dataset_of_events
from spinn2sim.scenario.data.splits import Splits, load_dataset, load_splits

__all__ = ["Dataset", "Splits", "dataset_from_steps", "dataset_of_events", "load_dataset", "load_splits"]
