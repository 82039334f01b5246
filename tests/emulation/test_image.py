"""What lies in firmware_models/image: an image of the sources beside it, whose structures have the fields of the programs' states."""

from __future__ import annotations

import json
from operator import attrgetter
from pathlib import Path

import pytest

import firmware
from firmwares.images import PROVENANCE
from places import ROOT
from spinn2sim.emulation.bindings import BINDINGS, binding_of
from spinn2sim.emulation.firmware_file import shipped
from spinn2sim.emulation.instructions import decode
from tiny_networks import tiny_chip

IMAGE = ROOT / "firmware_models" / "image"


def test_the_image_is_that_of_its_sources() -> None:
    """Whoever changes the C must build again: provenance.json has the digest of every source and of the image."""
    assert firmware.stale_files() == []


def test_a_changed_source_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The digests are looked at: one that is another one makes the file stale."""
    said = json.loads((IMAGE / PROVENANCE).read_text())
    said["sources"]["c/loss.c"] = "0" * 64
    (tmp_path / PROVENANCE).write_text(json.dumps(said))
    monkeypatch.setattr(firmware, "HERE", tmp_path)
    assert firmware.stale_files() == ["c/loss.c"]


def test_every_field_of_a_structure_is_one_of_the_state() -> None:
    """The host finds a value for each field of the C structures, and every function that a program needs is in the image."""
    for program in tiny_chip().programs:
        binding = binding_of(program.state)
        assert binding is not None, program.name
        beside = binding.beside(program.state)
        for name in shipped().layouts[binding.function].fields:
            assert name in beside or attrgetter(name)(program.state) is not None
    assert {binding.function for binding in BINDINGS} <= set(shipped().functions)


def test_the_code_fits_and_every_instruction_has_a_rule() -> None:
    """The image is small enough for the code of a PE, and the rules know each instruction in it."""
    image = shipped()
    assert len(image.code) <= 32 * 1024
    decoded = decode(image.code, image.base, image.spans)
    assert sum(one.size for one in decoded.values()) == sum(last - first for first, last in image.spans)
