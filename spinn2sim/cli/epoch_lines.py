"""The results of an epoch in words: a line, and another one if anything was lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spinn2sim.hardware.packet import PART_NAMES
from spinn2sim.training.metrics import LOST


def epoch_lines(line: dict[str, Any]) -> Iterator[str]:
    """Yield the lines for an object of metrics.jsonl."""
    text = [f"epoch {line['epoch']:3d}"]
    if line["train_accuracy"] is not None:
        text.append(f"train {line['train_accuracy']:6.1%} loss {line['train_loss']:.3f}")
    if line.get("validation_accuracy") is not None:
        text.append(f"validation {line['validation_accuracy']:6.1%}")
    text.append(f"test {line['test_accuracy']:6.1%} strict {line['test_accuracy_strict']:6.1%}")
    text.append(f"loss {line['test_loss']:.3f}  label silent {line['test_silent_label']:.1%}")
    wall = sum(line.get(f"{part}_wall_s") or 0 for part in PART_NAMES)
    packets = [p for p in line["packets"].values() if p]
    if packets and wall:
        text.append(f"{sum(sum(p.values()) for p in packets) / wall:,.0f} packets/s")
    yield "  ".join([*text, f"{wall:.1f} s"])
    lost = {name: sum(v or 0 for v in line[name].values()) for name in LOST}
    if any(lost.values()):
        yield "           LOST: " + ", ".join(f"{k} {v}" for k, v in lost.items() if v)
