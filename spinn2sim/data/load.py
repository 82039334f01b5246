"""The data set that a scenario names: one function; it never trains on what it should test with."""

from __future__ import annotations

from spinn2sim.data.dataset import Dataset, dataset_from_steps
from spinn2sim.data.encoding import spike_steps, with_bias
from spinn2sim.data.images import load_images
from spinn2sim.data.npz import load_npz
from spinn2sim.data.yinyang import N_CLASSES, generate, rotated
from spinn2sim.spec.scenario import Scenario


def load_dataset(scenario: Scenario) -> tuple[Dataset, Dataset]:
    """(train, test). Yin-Yang has the inputs x, y, 1 - x, 1 - y and a bias, and 3 classes. Raises DataError for a
    bad file."""
    if scenario.data.source == "npz":
        return load_npz(scenario)
    if scenario.data.source != "yinyang":
        return load_images(scenario)
    data = scenario.data
    return (
        _yinyang(scenario, data.train_samples, data.train_seed),
        _yinyang(scenario, data.test_samples, data.test_seed),
    )


def _yinyang(scenario: Scenario, n: int, seed: int) -> Dataset:
    values, labels = generate(n, seed)
    values = rotated(values, scenario.data.rotation_deg)
    return dataset_from_steps(with_bias(spike_steps(values, scenario), scenario), labels, N_CLASSES, values)
