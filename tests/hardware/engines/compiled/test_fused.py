"""The compiled loop is made anew when any source that it depends on changes; programs without a kernel run in Python."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from numba import typeof

from firmware_models.jit.compiler import source_hash
from scripted_programs import Send, at_start, build, spike, to
from spinn2sim.hardware.engines.compiled import loop
from spinn2sim.hardware.engines.compiled.fused import compile_play, folders_of, module_text
from tiny_networks import tiny_chip


def test_an_edit_of_a_callee_names_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's own kernel calls a function of another file: an edit there would be missed by numba's own cache."""
    package = tmp_path / "own_firmware"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "callee.py").write_text("import numba\n\n@numba.njit\ndef twice(x):\n    return 2 * x\n")
    (package / "steps.py").write_text(
        "import numba\nfrom own_firmware.callee import twice\n\n@numba.njit\ndef step(x):\n    return twice(x)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    kernel = importlib.import_module("own_firmware.steps").step
    try:
        assert folders_of([kernel]) == [package]
        before = source_hash(*folders_of([kernel]))
        (package / "callee.py").write_text("import numba\n\n@numba.njit\ndef twice(x):\n    return 3 * x\n")
        assert source_hash(*folders_of([kernel])) != before
    finally:
        for name in [name for name in sys.modules if name.startswith("own_firmware")]:
            del sys.modules[name]


def test_the_text_names_each_kernel_once_and_calls_it_per_kind() -> None:
    """Two kinds of programs may run one kernel, which is imported once."""
    text = module_text([("own.one", "step"), ("own.two", "step"), ("own.one", "step")])
    assert text.count("from own.one import step as kernel_0") == 1
    assert text.count("kernel_0(at_address(") == 2
    assert "kernel_1(at_address(states.like[1], address), first, last, tick" in text
    compile(text, "text", "exec")


def test_programs_without_a_kernel_are_called_from_python() -> None:
    """The scripted kit has plain Python programs: they run in the same loop, uncompiled."""
    chip = build({1: at_start(Send(spike(1)))}, [to(spike(1), 2)])
    play, programs, _ = compile_play([chip.program])
    assert play is loop.play
    assert programs == [chip.program]


def test_networks_of_the_same_kinds_of_programs_share_their_code() -> None:
    """A deeper network, with more programs of the same kinds, needs no compilation of its own."""
    plays = [compile_play(tiny_chip(hidden=hidden).programs)[:2] for hidden in ((6,), (6, 6, 6))]
    assert plays[0][0] is plays[1][0]
    assert typeof(plays[0][1]) == typeof(plays[1][1])
    assert len(plays[0][1].kind) < len(plays[1][1].kind)
