"""The Yin-Yang generator, compared with the published splits."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from places import FIXTURES
from spinn2sim.scenario.data.yinyang import class_of, generate

SPLITS = json.loads((FIXTURES / "yinyang" / "splits.json").read_text())


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS.keys())
def test_published_splits_byte_for_byte(split: dict[str, object]) -> None:
    """The size and the seed of a published split give exactly its bytes, so that results can be compared with published ones."""
    values, labels = generate(split["n"], split["seed"])

    for row in split["rows"]:
        assert values[row["index"]].tolist() == row["sample"]
        assert labels[row["index"]] == row["label"]
    assert hashlib.sha256(values.tobytes()).hexdigest() == split["samples_sha256"]
    assert hashlib.sha256(labels.tobytes()).hexdigest() == split["labels_sha256"]


@given(st.integers(1, 30), st.integers(0, 30), st.integers(0, 2**32 - 1))
def test_a_smaller_set_is_the_beginning_of_a_larger_one(n: int, more: int, seed: int) -> None:
    """The first n samples of a seed do not depend on how many follow."""
    values, labels = generate(n, seed)
    more_values, more_labels = generate(n + more, seed)

    assert np.array_equal(values, more_values[:n])
    assert np.array_equal(labels, more_labels[:n])


@given(st.integers(0, 2**32 - 1))
def test_points_lie_in_the_disc_and_in_their_class(seed: int) -> None:
    """Every sample is (x, y, 1 - x, 1 - y) for a point in the disc, and the label is the class of the point."""
    values, labels = generate(20, seed)

    assert np.array_equal(values[:, 2:], 1 - values[:, :2])
    assert (np.hypot(values[:, 0] - 0.5, values[:, 1] - 0.5) <= 0.5 + 1e-15).all()
    assert [class_of(x, y) for x, y in values[:, :2].tolist()] == labels.tolist()


@pytest.mark.parametrize(
    ("x", "y", "kind"),
    [
        (0.25, 0.5, 2),
        (0.75, 0.5, 2),
        (0.75, 0.625, 0),
        (0.25, 0.625, 1),
        (0.5, 0.95, 1),
        (0.5, 0.05, 0),
        (0.75, 0.75, 0),
    ],
)
def test_classes_of_points_known_by_eye(x: float, y: float, kind: int) -> None:
    """Points in the dots, the lobes and the two halves have the classes of the published figure."""
    assert class_of(x, y) == kind
