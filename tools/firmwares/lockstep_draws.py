"""An image against numba on networks drawn at random, that train and of scripts: how many wakes agree, or the first difference."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

from firmwares.any_wakes import play_any_wakes
from firmwares.draws import Chip, any_draw, play_batch
from firmwares.graph_draws import any_graph
from firmwares.lockstep import BitsDifferError
from firmwares.script_draws import any_script, play_script
from spinn2sim.emulation.core import FirmwareStoppedError
from spinn2sim.emulation.firmware_file import FirmwareFile
from spinn2sim.errors import ScenarioError

DRAWS, MOST_DRAWS, ANY_WAKES = 12, 80, 20


def compare_images(firmware: FirmwareFile, draws: int = DRAWS) -> int:
    """Play drawn networks in lockstep. Returns the wakes that were compared. Raises BitsDifferError."""
    return sum(_play(drawn, seed, firmware) for seed, drawn in enumerate(islice(possible_draws(), draws)))


def find_difference(firmware: FirmwareFile) -> str | None:
    """Return how an image of which one thing is wrong shows it in drawn networks; None if it does not."""
    for seed, drawn in enumerate(islice(possible_draws(), MOST_DRAWS)):
        try:
            _play(drawn, seed, firmware)
        except (BitsDifferError, FirmwareStoppedError, MemoryError) as error:
            return f"draw {seed}, {error!s:.100}"
    return None


def possible_draws() -> Iterator[Chip]:
    """Yield draws that a scenario allows, chains and graphs in turn."""
    for seed in count():
        drawn = any_graph(seed) if seed % 2 else any_draw(seed)
        try:
            drawn.scenario()
        except ScenarioError:
            continue
        yield drawn


def _play(drawn: Chip, seed: int, firmware: FirmwareFile) -> int:
    """Play a chip that trains, and the network of a script."""
    trained = play_batch(drawn, firmware) + play_any_wakes(drawn, ANY_WAKES, firmware)
    return trained + play_script(any_script(seed), firmware, ANY_WAKES)
