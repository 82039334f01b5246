"""The C built by another compiler: its bits are those of the numba programs, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmwares.compilers import CLANG
from firmwares.images import build_image
from firmwares.lockstep_draws import compare_images
from spinn2sim.emulation.firmware_file import read_image

pytest.importorskip("ziglang", reason="clang comes with the extra firmware")


@pytest.mark.slow
def test_clang_s_image_computes_the_same_bits(tmp_path: Path) -> None:
    """What the C means does not hang on GCC: drawn networks have the same words, packets and transfers with clang's image."""
    build_image(CLANG, tmp_path)
    assert compare_images(read_image(tmp_path), draws=4) > 1000
