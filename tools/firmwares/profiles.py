"""Where the cycles of a training batch go: by program, by phase and by C function, on the emulated core."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.group_program import GroupProgram
from spinn2sim.emulation.arm_program import ArmProgram
from spinn2sim.emulation.cycle_rules import CycleRules
from spinn2sim.emulation.emulated_board import EmulatedBoard
from spinn2sim.emulation.firmware_file import FirmwareFile, shipped
from spinn2sim.hardware.packet import Phase
from spinn2sim.hardware.program import Inbox, Outbox
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training import on_chip_trainer, played_chips
from spinn2sim.training.run_inputs import load_run_inputs

# Long enough for every wake, so that packets come in the ticks in which they would come on a chip that is never late.
TICK_US = 5000.0
INTERRUPT = "(interrupt)"


@dataclass
class Profile:
    """Cycles of a batch by (program, phase, function), and the cycles of the slowest PE of each tick by (phase, step)."""

    spent: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    slowest: Counter[tuple[str, int]] = field(default_factory=Counter)
    wakes: int = 0

    def by(self, *fields: int) -> list[tuple[tuple[str, ...], int]]:
        """Return the cycles by some of program (0), phase (1) and function (2), the most first."""
        found: Counter[tuple[str, ...]] = Counter()
        for key, cycles in self.spent.items():
            found[tuple(key[one] for one in fields)] += cycles
        return found.most_common()

    def critical_path(self) -> dict[str, int]:
        """Return for each phase the sum over its ticks of the slowest PE's cycles."""
        found: Counter[str] = Counter()
        for (phase, _), cycles in self.slowest.items():
            found[phase] += cycles
        return dict(found)


class _ProfiledProgram(ArmProgram):
    """An ArmProgram that notes where its cycles go."""

    def __init__(self, program: GroupProgram, board: EmulatedBoard, profile: Profile) -> None:
        super().__init__(program, board)
        self._profile = profile
        self.wakes = []

    def step(
        self, pe_first: int, pe_last: int, tick: Any, inbox: Inbox, outbox: Outbox, cycles: NDArray[np.int64]
    ) -> None:
        """Run rows [pe_first, pe_last)."""
        super().step(pe_first, pe_last, tick, inbox, outbox, cycles)
        phase, count, rules = Phase(tick.phase).name.lower(), pe_last - pe_first, self._board.rules
        interrupt = rules.interrupt_entry + rules.interrupt_exit
        for _, operation, _, spent in self.take_profile():
            if operation.endswith("()"):  # others are what the hardware took, of which the interrupt is added below
                self._profile.spent[self.name, phase, operation.removesuffix("()")] += spent
        self._profile.spent[self.name, phase, INTERRUPT] += count * interrupt
        self._profile.wakes += count
        tick_of = phase, int(tick.step)
        slowest = interrupt + max(wake.cycles for wake in self.wakes or ())
        self._profile.slowest[tick_of] = max(self._profile.slowest[tick_of], slowest)
        self.wakes = []


def profile_batch(scenario: Path, overrides: Sequence[str] = (), firmware: FirmwareFile | None = None) -> Profile:
    """Train one batch of a scenario on the emulated core."""
    inputs = load_run_inputs(scenario, [*overrides, f"chip.tick_us={TICK_US}"])
    profile = Profile()

    def profiled(_: str, programs: Sequence[GroupProgram]) -> list[_ProfiledProgram]:
        board = EmulatedBoard(firmware or shipped(), [program.state for program in programs], CycleRules())
        return [_ProfiledProgram(program, board, profile) for program in programs]

    with mock.patch.object(played_chips, "programs_of_engine", profiled):
        trainer = on_chip_trainer.OnChipTrainer(inputs, engine="discrete_event")
    trainer.train(1, epoch_order(inputs.scenario.seed, 1, len(inputs.train)), batches=1)
    return profile


def profile_text(profile: Profile, least_percent: float = 0.2) -> str:
    """Return the profile as lines: the phases with the slowest PEs' share, programs and phases, functions in them."""
    path, total = profile.critical_path(), sum(profile.spent.values())
    lines = [f"{'phase':34} {'all PEs':>12} {'slowest PE':>12}"]
    lines += [f"{phase:34} {cycles:12,} {path[phase]:12,}" for (phase,), cycles in profile.by(1)]
    lines += [f"{'total':34} {total:12,} {sum(path.values()):12,}   {profile.wakes:,} wakes", ""]
    lines += [f"{' '.join(key):34} {cycles:12,} {100 * cycles / total:5.1f} %" for key, cycles in profile.by(0, 1)]
    lines += ["", f"functions with at least {least_percent} % of all cycles"]
    for (program, phase, function), cycles in profile.by(0, 1, 2):
        if 100 * cycles >= least_percent * total:
            lines.append(f"{program:12} {phase:9} {function:28} {cycles:12,} {100 * cycles / total:5.1f} %")
    return "\n".join(lines)
