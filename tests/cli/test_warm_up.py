"""`spinn2sim warm-up` compiles ahead, and every command says when it compiles."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from firmware_models.jit.compile_watch import watch_compiling
from firmware_models.jit.compiler import kernels_in
from spinn2sim.cli import warm_up_command
from spinn2sim.cli.compile_notice import NOTICED_KERNELS, CompileNotice
from spinn2sim.cli.output import FAILED
from spinn2sim.cli.warm_up_command import PARTS, warm_up
from spinn2sim.scenario.load import read_keys


def test_a_part_is_ready() -> None:
    """The small computation of a part runs as it is written, and a line says that the part is ready."""
    done = CliRunner().invoke(warm_up, ["scripts"])
    assert (done.exit_code, done.output[:20]) == (0, "scripts: ready after"), done.output


@pytest.mark.parametrize("name", [name for name in PARTS if name != "scripts"])
def test_the_scenarios_of_parts_are_allowed(name: str) -> None:
    """No scenario of a part has a key that is refused by now."""
    assert read_keys((warm_up_command.FILES / PARTS[name][0]).read_text()).training.epochs == 1


def test_a_part_that_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that cannot be compiled gives its own line and exit status 1, and the others are compiled all the same."""
    monkeypatch.setattr(warm_up_command, "PARTS", {"chip": ("network.py", "run"), "other": PARTS["scripts"]})
    command = click.command()(click.pass_context(lambda context: context.invoke(warm_up, parts=(), processes=2)))
    done = CliRunner().invoke(command)
    assert done.exit_code == FAILED
    assert "chip: spinn2sim: " in done.output
    assert "other: ready after" in done.output


def test_compiling_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A few kernels are compiled without a word; more are announced, once however often kernels are compiled later."""
    notice = CompileNotice()
    for _ in range(NOTICED_KERNELS - 1):
        notice("kernel")
    notice(None)
    assert not capsys.readouterr().err
    for _ in range(2 * NOTICED_KERNELS):
        notice("kernel")
        notice(None)
    assert capsys.readouterr().err == "compiling the programs and the engine: once; kept for later runs\n"


def test_watchers_hear_of_nested_kernels(tmp_path: Path) -> None:
    """Whoever watches hears the names of all kernels that are compiled, the inner ones too, and the end once."""
    kernel = kernels_in(tmp_path)

    @kernel
    def inner(a: int) -> int:
        return a + 1

    @kernel
    def outer(a: int) -> int:
        return 2 * inner(a)

    told: list[str | None] = []
    watch_compiling(told.append)
    try:
        assert outer(1) == 4
    finally:
        watch_compiling(lambda kernel: None)
    assert told == ["outer", "inner", None]
