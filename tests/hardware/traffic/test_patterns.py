"""Synthetic patterns: rates, destinations and sources are what they are said to be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.geometry import quad_of
from spinn2sim.hardware.traffic.patterns import PES, Pattern, make_traffic, transpose_core
from spinn2sim.hardware.traffic.send_list import SendList
from spinn2sim.hardware.units import QUANTA_PER_US


def targets(traffic: SendList) -> list[tuple[int, ...]]:
    """Destinations of each packet."""
    table = {entry.key: entry.cores for entry in traffic.entries}
    return [table[key] for key in traffic.key.tolist()]


@pytest.mark.parametrize("source", ["bernoulli", "poisson"])
@pytest.mark.parametrize("name", ["uniform", "burst"])
def test_mean_rate_is_what_was_asked_for(name: str, source: Any) -> None:
    """The mean load over all PEs is within 5 % of the one asked for, on-and-off sources included."""
    found = len(make_traffic(Pattern(name, source=source), 2.0, 200.0, seed=0)) / PES / 200
    assert found == pytest.approx(2.0, rel=0.05)


def test_burst_sources_are_off_in_between() -> None:
    """An on-and-off PE has gaps that are far longer than those of a steady one of the same mean load."""
    gaps = []
    for name in ("uniform", "burst"):
        traffic = make_traffic(Pattern(name, duty=0.1), 3.0, 60.0, seed=0)
        gaps.append(np.diff(traffic.sent_q[traffic.source == 7]).max())
    assert gaps[1] > 4 * gaps[0]


def test_nobody_sends_to_itself() -> None:
    """With one destination and with many, a packet goes to other PEs, as many as were asked for."""
    for fanout in (1, 5):
        traffic = make_traffic(Pattern(fanout=fanout), 1.0, 10.0, seed=0)
        for source, cores in zip(traffic.source.tolist(), targets(traffic), strict=True):
            assert len(set(cores)) == fanout
            assert source not in cores
            assert 1 <= min(cores) <= max(cores) <= PES


@pytest.mark.parametrize("fanout", [1, 3])
def test_hotspot_takes_its_share(fanout: int) -> None:
    """The hot PE is among the destinations of its share of the packets, besides what comes by chance."""
    traffic = make_traffic(Pattern("hotspot", hot_pe=9, hot_share=0.5, fanout=fanout), 1.0, 30.0, seed=0)
    share = np.mean([9 in cores for cores in targets(traffic)])
    assert 0.48 < share < 0.55


def test_transpose_exchanges_x_and_y_or_is_silent() -> None:
    """A PE sends to the one of its index in the mirrored quad; those on the diagonal, or mirrored off the mesh, do not send."""
    traffic = make_traffic(Pattern("transpose"), 1.0, 10.0, seed=0)
    for source, (target,) in zip(traffic.source.tolist(), targets(traffic), strict=True):
        assert quad_of(target) == quad_of(source)[::-1]
        assert quad_of(target) != quad_of(source)
        assert transpose_core(target) == source
    assert set(traffic.source.tolist()) <= set(Pattern("transpose").senders())
    assert {quad_of(core)[0] for core in Pattern("transpose").senders()} == set(
        range(1, 7)
    )  # (7, y) has no mirror image


def test_one_seed_is_one_traffic() -> None:
    """The same seed draws the same packets, another seed others, and a PE's draws do not depend on the length of its list of others."""
    one, same, other = (make_traffic(Pattern(), 1.0, 5.0, seed) for seed in (3, 3, 4))
    assert one.sent_q.tolist() == same.sent_q.tolist()
    assert one.key.tolist() == same.key.tolist()
    assert one.sent_q.tolist() != other.sent_q.tolist()


def test_bernoulli_sends_at_most_one_packet_a_cycle() -> None:
    """A full Bernoulli source sends in every NoC cycle."""
    traffic = make_traffic(Pattern(), 300.0, 1.0, seed=0)
    assert np.unique(np.diff(traffic.sent_q[traffic.source == 1])).tolist() == [40]
    assert traffic.sent_q.max() < QUANTA_PER_US


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ({"name": "tornado"}, "pattern: found tornado, allowed is uniform or"),
        ({"fanout": 0}, "fanout: found 0"),
        ({"name": "transpose", "fanout": 2}, "fanout: found 2, allowed is 1 with transpose"),
        ({"hot_pe": 149}, "hot-pe: found 149"),
        ({"hot_share": float("nan")}, "hot-share: found nan"),
        ({"duty": 0.0}, "duty: found 0.0"),
        ({"on_us": 0.0}, "on-us: found 0.0"),
    ],
)
def test_wrong_numbers_are_refused(what: dict[str, Any], told: str) -> None:
    """A pattern says which of its numbers is wrong and what is allowed."""
    with pytest.raises(ScenarioError, match=told):
        Pattern(**what)
