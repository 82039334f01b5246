"""Build the firmware, check that it is what its sources say, and count its cycles.

    python tools/firmware.py build    # firmware_models/image from firmware_models/c and board/emulated, by arm-none-eabi-gcc
    python tools/firmware.py count    # firmware_models/image/costs.json: what each operation costs in cycles (two minutes)
    python tools/firmware.py plant    # build the C with one fault after the other (tools/firmwares/planted.py), and find each of them
    python tools/firmware.py profile scenarios/yinyang.toml [KEY=VALUE ...]    # where the cycles of a training batch go
    python tools/firmware.py anchor   # the rules of cycles against the chip's published synaptic events per second
    python tools/firmware.py check    # sources are those of the image; clang's build gives the same bits (needs the extra `firmware`)

make firmware does both. docs/reference/firmware.md says what is in the image.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from firmwares.compilers import CLANG, FIRMWARE, GCC
from firmwares.images import PROVENANCE, build_image, digest, provenance, source_files, write_json
from firmwares.planted import SOURCE_FAULTS, source_faults
from spinn2sim.emulation.cycle_rules import RULES_VERSION
from spinn2sim.emulation.firmware_file import IMAGE, read_image, shipped

HERE = FIRMWARE / "image"
COSTS = "costs.json"
# What an operation does, where the assumed set explains its own number instead.
REASONS = {
    "tick": "timer and FIFO registers, phase dispatch, loop set-up; every wake of every program",
    "synapse": "load weight, load accumulator, add, store",
    "neuron": "the equations of a neuron in a forward step, its threshold, loads and stores",
    "adjoint": "the equations of a neuron in a backward step, loads and stores",
    "jump": "the jump of an adjoint at a spike, with its division",
    "clip_word": "two compares of 64 bits with their branches",
    "adam_word": "moments, root and division in float, conversion, rounding, loads and stores",
}


def build() -> None:
    """Build the reference image."""
    build_image(GCC, HERE)
    write_json(HERE / PROVENANCE, provenance(GCC, HERE))
    print(
        f"{HERE / IMAGE}: {(HERE / IMAGE).stat().st_size} bytes, {len(read_image(HERE).code)} of them code, {GCC.version()}"
    )


def check() -> int:
    """Compare the image with its sources, and what it computes with what clang's build computes. Returns how much is wrong."""
    wrong = stale_files()
    for name in wrong:
        print(f"{name}: is not what {PROVENANCE} says; run: python tools/firmware.py build", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        build_image(CLANG, Path(folder))
        from firmwares.lockstep_draws import compare_images  # its imports take seconds

        wakes = compare_images(read_image(Path(folder)))
    print(
        f"{wakes} wakes of programs drawn at random: clang's image, {CLANG.version()}, computes the bits of the numba programs"
    )
    return len(wrong)


def count() -> None:
    """Count the image's cycles, and those of clang's as a second opinion, and write what operations cost."""
    from firmwares.counts import table  # its imports take seconds
    from firmwares.script_counts import with_scripts

    said = json.loads((HERE / PROVENANCE).read_text())
    reference = with_scripts(table(said["compiler"], shipped()))
    with tempfile.TemporaryDirectory() as folder:
        build_image(CLANG, Path(folder))
        clang = read_image(Path(folder))
        other = with_scripts(table(CLANG.version(), clang), clang)
    chains, graphs = (reference["held_out_percent"][which]["median"] for which in ("all", "all graph"))
    version = ".".join(said["compiler"].split()[-2].split(".")[:2])
    entries: dict[str, Any] = dict(reference["cycles"])
    entries |= {key: {"cycles": entries[key], "reason": reason} for key, reason in REASONS.items()}
    entries["divide"] = {"cycles": 0, "reason": "a long division in software, of each output: within loss_output"}
    costs = {
        "name": "counted",
        "source": f"counted: gcc {version} -O2, held-out error {chains:.1f} % (chains), {graphs:.1f} % (graphs)",
        "cycles": entries,
        "image": said["image"],
        "rules": RULES_VERSION,
        "held_out_percent": reference["held_out_percent"],
        "second_opinion": other,
    }
    write_json(HERE / COSTS, costs)
    print(costs["source"])
    for name, cycles in reference["cycles"].items():
        print(f"{name:20} {cycles:9.2f} {other['cycles'][name]:9.2f}")


def profile(scenario: Path, overrides: list[str]) -> None:
    """Print where the counted cycles of a training batch go."""
    from firmwares.profiles import profile_batch, profile_text  # its imports take seconds

    print(profile_text(profile_batch(scenario, overrides)))


def anchor() -> None:
    """Print synaptic events per second by the rules, beside the published figure."""
    from firmwares.anchors import anchor_text  # its imports take seconds

    print(anchor_text((GCC, CLANG)))


def plant() -> int:
    """Plant one fault after the other, and compare with numba until it is found. Returns how many are not."""
    from firmwares.lockstep_draws import find_difference  # its imports take seconds

    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for what, image in source_faults(Path(folder)):
            found = find_difference(image)
            missed += found is None
            print(f"{what}: {found or 'NOT FOUND'}", flush=True)
    print(f"{len(SOURCE_FAULTS)} faults planted, {len(SOURCE_FAULTS) - missed} found")
    return missed


def stale_files() -> list[str]:
    """Return the files that are not those that the image's provenance names."""
    said = json.loads((HERE / PROVENANCE).read_text())
    files = {**said["sources"], f"image/{IMAGE}": said["image"]}
    here = {str(path.relative_to(FIRMWARE)) for path in source_files()} | {f"image/{IMAGE}"}
    return sorted(name for name in here | set(files) if not _is(name, files.get(name)))


def _is(name: str, wanted: str | None) -> bool:
    path = FIRMWARE / name
    return path.is_file() and digest(path) == wanted


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("build", "check", "count", "plant", "profile", "anchor"))
    parser.add_argument("rest", nargs="*", help="profile: the scenario's file, and keys of it as KEY=VALUE")
    chosen = parser.parse_args()
    if (chosen.what == "profile") != bool(chosen.rest):
        parser.error("profile takes the file of a scenario, and nothing else takes one")
    if chosen.what == "profile":
        profile(Path(chosen.rest[0]), chosen.rest[1:])
        return 0
    if chosen.what in ("build", "count", "anchor"):
        {"build": build, "count": count, "anchor": anchor}[chosen.what]()
        return 0
    return min(1, check() if chosen.what == "check" else plant())


if __name__ == "__main__":
    sys.exit(main())
