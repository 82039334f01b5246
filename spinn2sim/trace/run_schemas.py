"""The schemas of a run directory's JSON files: what each key may hold, checked whenever one of these files is read.

A key that is not in a schema is accepted, since a newer version may have written it; nothing here reads it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Le, Len
from typing_extensions import TypedDict  # pydantic reads that of the standard library from Python 3.12 on

from spinn2sim.errors import DataError, quoted
from spinn2sim.hardware.packet import PART_NAMES

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MOST = 1 << 60
LONGEST_TEXT = 2000
Count = Annotated[int, Ge(0), Le(MOST)]
Share = Annotated[float, Ge(0), Le(1)]
Real = Annotated[float, Ge(-1e300), Le(1e300)]
Amount = Annotated[float, Ge(0), Le(1e300)]
Seconds = Annotated[float, Ge(0), Le(1e12)]
Text = Annotated[str, Len(0, LONGEST_TEXT)]
Digest = Annotated[str, Len(64, 64)]
Part = Literal["train", "test", "validation"]
Counts = dict[Part, Count | None]
CountsByName = dict[Part, dict[Text, Count] | None]


class StateEnergy(TypedDict):
    """Energy in J by the state of the PEs, and of the network."""

    base: Amount
    sleeping: Amount
    running: Amount
    network: Amount


class MetricsLine(TypedDict, total=False):
    """A line of metrics.jsonl. Values by part are null for a part that the epoch does not have, or that was not on the chip."""

    epoch: Annotated[int, Ge(0), Le(100_000)]
    train_accuracy: Share | None
    train_accuracy_strict: Share | None
    train_silent_label: Share | None
    test_accuracy: Share
    test_accuracy_strict: Share
    test_silent_label: Share
    test_silent_all: Share
    validation_accuracy: Share | None
    validation_accuracy_strict: Share | None
    validation_silent_label: Share | None
    train_loss: Real | None
    test_loss: Real | None
    validation_loss: Real | None
    batches: Count
    learning_rate: Real | None
    clipped: Count | None
    train_wall_s: Seconds | None
    test_wall_s: Seconds | None
    validation_wall_s: Seconds | None
    train_chip_s: Seconds | None
    test_chip_s: Seconds | None
    validation_chip_s: Seconds | None
    packets: CountsByName
    deliveries: CountsByName
    dma_bytes: Counts
    hops: Counts
    energy_j: dict[Part, Amount | None]
    energy_by_state_j: dict[Part, StateEnergy | None]
    late: Counts
    early: Counts
    dropped: Counts
    no_route: Counts
    unmatched: Counts
    overruns: Counts
    lost_ticks: Counts
    saturations: Counts
    unrecorded: Counts
    saturations_by_quantity: CountsByName
    spikes_per_sample: dict[Part, list[Amount] | None]
    fifo_high_water: Counts
    faults: CountsByName
    losses: list[Text]


# Keys that lines of older versions do not have.
LATER_KEYS = {
    "validation_accuracy", "validation_accuracy_strict", "validation_silent_label", "validation_loss", "validation_wall_s",
    "validation_chip_s", "learning_rate", "clipped", "energy_by_state_j", "saturations_by_quantity", "faults",
}  # fmt: skip
LINE_KEYS = frozenset(MetricsLine.__annotations__) - LATER_KEYS


class Totals(TypedDict, total=False):
    """The sums over the lines of metrics.jsonl; a key is absent where no line has a value."""

    packets: dict[Text, Count]
    deliveries: dict[Text, Count]
    dma_bytes: Count
    hops: Count
    energy_j: Amount
    energy_by_state_j: StateEnergy
    late: Count
    early: Count
    dropped: Count
    no_route: Count
    unmatched: Count
    overruns: Count
    lost_ticks: Count
    saturations: Count
    unrecorded: Count
    faults: dict[Text, Count]
    batches: Count
    train_wall_s: Amount
    test_wall_s: Amount
    validation_wall_s: Amount
    train_chip_s: Amount
    test_chip_s: Amount
    validation_chip_s: Amount


class RunSummary(TypedDict, total=False):
    """The content of summary.json."""

    status: Literal["complete", "interrupted"]
    last: MetricsLine | None
    kept: MetricsLine | None
    keep: Literal["last", "best"]
    ended_early: bool
    totals: Totals
    losses: list[Text]
    tick_us: dict[Text, Count] | None
    weights_sha256: Digest
    delays_sha256: Digest
    mapped_around: Text


SUMMARY_KEYS = frozenset({"status", "last", "totals", "losses", "weights_sha256"})
PACKET_KINDS = frozenset({"spike", "error", "guard"})
# What the totals of a run on the chip have beside `packets`.
TRAFFIC_KEYS = frozenset({"dma_bytes", "hops", "energy_j"})


class Input(TypedDict, total=False):
    """A file that a run read."""

    path: Text
    relative: Text
    sha256: Digest


class Start(TypedDict, total=False):
    """Time, versions and machine of one start of a run."""

    start: Text
    version: Text | None
    git_commit: Text | None
    packages: dict[Text, Text | None]
    machine: dict[Text, Text | int | None]


class Provenance(Start, total=False):
    """The content of provenance.json."""

    command: Text
    seed: int
    resumed: list[Text]
    starts: list[Start]
    inputs: dict[Text, Input]
    end: Text | None


def check_line(line: Mapping[str, Any], where: str, whole: bool = True) -> None:
    """Raise DataError unless an object is a line of metrics.jsonl; with `whole` it must have every key that each version wrote."""
    _check(MetricsLine, line, where, LINE_KEYS if whole else {"epoch"})
    if whole:
        _check_parts(line, where)


def check_summary(summary: Mapping[str, Any], where: str) -> None:
    """Raise DataError unless an object is a summary of a run."""
    _check(RunSummary, summary, where, SUMMARY_KEYS)
    for key in ("last", "kept"):
        if summary.get(key) is not None:
            check_line(summary[key], f"{where}: {key}")
    if "packets" in summary["totals"]:
        _need_keys(summary["totals"], f"{where}: totals", TRAFFIC_KEYS)
        _need_keys(summary["totals"]["packets"], f"{where}: totals.packets", PACKET_KINDS)
    if summary["last"] is None and (summary["status"] == "complete" or summary.get("kept") is not None):
        raise DataError(f"{where}: last: found null, allowed is the metrics of the last epoch")
    if "kept" in summary:
        _need_keys(summary, where, {"keep", "ended_early"})


def check_provenance(provenance: Mapping[str, Any], where: str) -> None:
    """Raise DataError unless an object is the provenance of a run, a sweep or an experiment."""
    _check(Provenance, provenance, where, {"command"})


def _check_parts(line: Mapping[str, Any], where: str) -> None:
    """Check what the keys of a line must agree on."""
    for part in PART_NAMES:
        if line["packets"].get(part) is not None:
            _need_keys(line["packets"][part], f"{where}: packets.{part}", PACKET_KINDS)
        if (line.get(f"{part}_accuracy") is None) != (line.get(f"{part}_loss") is None):
            raise DataError(f"{where}: {part}_loss: found one of {part}_accuracy and {part}_loss, allowed are both")


def _need_keys(found: Mapping[str, Any], where: str, needed: Collection[str]) -> None:
    missing = sorted(needed - found.keys())
    if missing:
        raise DataError(f"{where}: found no {missing[0]}")


def _check(kind: type, value: Mapping[str, Any], where: str, needed: Collection[str]) -> None:
    from pydantic import ValidationError

    _need_keys(value, where, needed)
    try:
        _adapter(kind).validate_python(value, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise DataError(f"{where}: {key:.80}: found {quoted(first['input'])}, {first['msg']:.120}") from None


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
