"""Placement: who gets which PE."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.geometry import quad_of
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.mapping.place import place
from spinn2sim.seeds import generator


@given(
    st.integers(1, 30), st.integers(1, 9), st.integers(0, 40), st.integers(0, 8), st.sampled_from(["compact", "random"]),
    st.integers(0, 5),
)  # fmt: skip
def test_placement_is_disjoint_seeded_and_keeps_a_copy_together(
    copies: int, size: int, optimizers: int, reserved: int, placement: str, seed: int
) -> None:
    """No PE twice, none of the reserved, the same for the same seed, and a copy's quads lie side by side."""
    if copies * size + optimizers > N_CORES - reserved:
        return
    usable = HardwareOptions(reserved_pes=reserved).usable_pes
    blocks, units = place(copies, size, optimizers, usable, placement, generator(seed, "placement"))
    assert (blocks, units) == place(copies, size, optimizers, usable, placement, generator(seed, "placement"))
    cores = [core for block in blocks for core in block] + list(units)
    assert [len(block) for block in blocks] == [size] * copies
    assert len(units) == optimizers
    assert len(set(cores)) == len(cores)
    assert set(cores) <= set(range(1, N_CORES - reserved + 1))
    for block in blocks:
        quads = sorted({quad_of(core) for core in block})
        spread = max(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a in quads for b in quads)
        # n PEs in a row of the walk touch at most (n + 2) / 4 + 1 quads, one more where reserved PEs leave a quad short;
        # beside the router's two slots a step is up to 3 hops.
        assert len(quads) <= (size + 2) // 4 + 1 + (reserved % 4 > 0)
        assert spread <= 3 * (len(quads) - 1)


def test_random_placement_is_another_with_another_seed() -> None:
    """placement = "random" deals the copies' places by the seed; "compact" does not ask it."""
    places = {
        placement: {
            place(8, 4, 2, range(1, N_CORES - 3), placement, generator(seed, "placement"))[0] for seed in range(4)
        }
        for placement in ("compact", "random")
    }
    assert len(places["compact"]) == 1
    assert len(places["random"]) == 4
