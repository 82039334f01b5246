"""Objects that scripts set up for a real board. They take any value, and have no effect on the simulated chip; a notice says so once."""

from __future__ import annotations

from typing import Any

from spinn2sim.spinnaker2.notices import notice


class _Noticed(type):
    """The class of classes whose attributes scripts set, which is noticed."""

    def __setattr__(cls, name: str, value: object) -> None:
        super().__setattr__(name, value)
        notice(f"{cls.__name__}.{name} has no effect on the simulated chip")


class WithoutEffect(metaclass=_Noticed):
    """Takes any arguments and attributes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        notice(f"{type(self).__name__} has no effect on the simulated chip")
        self.args = args
        for name, value in options.items():
            setattr(self, name, value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(without effect)"


class Application(WithoutEffect):
    """The program of a neuron model on a board, with settings that scripts change for all its populations."""

    dvfs_params: Any = None
    profiling: Any = False
