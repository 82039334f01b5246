"""One sample's story, and windows that lie outside of what was traced."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinn2sim.errors import DataError
from spinn2sim.trace.sample_story import SamplePlace, find_sample, read_story
from spinn2sim.trace.sql import Tables
from spinn2sim.trace.time_window import TimeWindow, first_traced_part


def test_forward_and_back(run: Path) -> None:
    """Spikes by layer and tick, the output's first spike, errors to whom with which word, and what was lost on the way."""
    tables = Tables(run)
    place = find_sample(tables, 7)
    assert place == SamplePlace(1, "train", 0, 7)
    story = read_story(tables, place)
    assert {layer: [(t["tick"], t["neurons"]) for t in ticks] for layer, ticks in story.spikes.items()} == {
        0: [(0, [0])], 1: [(3, [3]), (6, [2])], 2: [(5, [1])],
    }  # fmt: skip
    assert story.first_spikes == {1: 5}
    assert [(e["layer"], e["tick"], e["received"]) for e in story.errors] == [(2, 12, {1: 500}), (1, 20, {3: -7, 2: 8})]
    assert [packet["seq"] for packet in story.lost] == [12, 14, 22]
    assert [packet["bytes"] for packet in story.transfers] == [32, 16]


@pytest.mark.parametrize(
    ("sample", "batch", "epoch", "part", "said"),
    [
        (
            7,
            3,
            None,
            "train",
            "batch 3: outside of the trace, which has train batches 0..0, ticks -1..20 of epochs 1..1",
        ),
        (7, None, 2, "train", "epoch 2: outside"),
        (7, None, None, "test", "test part: outside"),
        (99, None, None, "train", "found no packet of it"),
    ],
)
def test_outside_of_the_trace(
    run: Path, sample: int, batch: int | None, epoch: int | None, part: str, said: str
) -> None:
    """A sample, batch, epoch or part that was not traced is refused with what was, in one line."""
    with pytest.raises(DataError) as refusal:
        find_sample(Tables(run), sample, batch, epoch, part)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_ticks_outside(run: Path) -> None:
    """Ticks behind the last one, or in the wrong order, are refused."""
    assert first_traced_part(Tables(run), TimeWindow(ticks=(20, 40)))["epoch"] == 1
    for ticks in ((21, 30), (5, 3)):
        with pytest.raises(DataError, match="outside"):
            first_traced_part(Tables(run), TimeWindow(ticks=ticks))
