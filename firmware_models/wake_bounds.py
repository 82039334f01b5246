"""The parts from which each program makes the bound on the cycles of its wakes."""

from __future__ import annotations

import math

from firmware_models.charges import DMA_REGISTERS, LONGER_WORDS, SEND_REGISTERS, WAKE_REGISTERS
from firmware_models.cost import Costs


def wake_cost(k: Costs) -> float:
    """Return the cycles that every wake takes, without packets."""
    return k.tick + k.interrupt + k.register * int(WAKE_REGISTERS)


def packet_cost(k: Costs) -> float:
    """Return the cycles of taking a spike."""
    return k.packet + k.bank_conflict


def error_packet_cost(k: Costs) -> float:
    """Return the cycles of taking an error or a guard."""
    return k.error_packet + k.bank_conflict


def send_cost(k: Costs) -> float:
    """Return the cycles of sending a packet."""
    return k.send + k.register * int(SEND_REGISTERS)


def long_packet_cost(k: Costs) -> float:
    """Return the cycles of taking a packet with 128 bits of payload."""
    return packet_cost(k) + k.long_packet + k.bank_conflict * int(LONGER_WORDS)


def long_send_cost(k: Costs) -> float:
    """Return the cycles of sending a packet with 128 bits of payload."""
    return send_cost(k) + k.long_send + k.register * int(LONGER_WORDS)


def dma_cost(k: Costs) -> float:
    """Return the cycles of starting a transfer."""
    return k.dma + k.register * int(DMA_REGISTERS)


def bounded(cycles: float) -> int:
    """Round a bound up to whole cycles. Costs are sixteenths of cycles, so that their sums are exact."""
    return math.ceil(cycles)
