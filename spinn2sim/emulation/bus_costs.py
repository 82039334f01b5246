"""What the emulated core does not count, since it depends on hardware around it: keys of [chip.cycles], in whole cycles."""

from __future__ import annotations

from typing import Any, NamedTuple

from firmware_models.charges import DMA_REGISTERS, SEND_REGISTERS, WAKE_REGISTERS
from firmware_models.cost import PARTS, Costs
from spinn2sim.emulation.cycle_rules import CycleRules


class BusCosts(NamedTuple):
    """Cycles of interrupts, registers over the bus, and conflicts at banks of SRAM."""

    # Of an interrupt, to enter and to leave; and from the interrupt to the program's first instruction.
    interrupt: int
    entry: int
    # In every wake; `entry` is within.
    wake: int
    # Of a packet that came, a packet that is sent, a transfer that is started, an access to an accelerator.
    packet: int
    send: int
    transfer: int
    accelerator: int

    @classmethod
    def of(cls, state: Any, rules: CycleRules) -> BusCosts:
        """Return what a program's ledger holds of these keys. Costs whose interrupt is within another key have that of the rules."""
        ledger = getattr(state, "ledger", None)
        costs = dict.fromkeys(Costs._fields, 0.0)
        if ledger is not None:
            costs = {name: parts / PARTS for name, parts in zip(Costs._fields, ledger.cost.tolist(), strict=True)}
        interrupt = round(costs["interrupt"]) or rules.interrupt_entry + rules.interrupt_exit
        register = costs["register"]
        return cls(
            interrupt=interrupt,
            entry=interrupt // 2 + round(register * int(WAKE_REGISTERS)),
            wake=interrupt + round(register * int(WAKE_REGISTERS)),
            packet=round(costs["bank_conflict"]),
            send=round(register * int(SEND_REGISTERS)),
            transfer=round(register * int(DMA_REGISTERS)),
            accelerator=round(costs["accelerator_bus"]),
        )
