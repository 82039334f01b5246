"""Who is told what is being compiled: set before numba is imported, since importing it takes half a second."""

from __future__ import annotations

from collections.abc import Callable

# Called with the name of each kernel whose compilation begins, and with None when what Python called is compiled.
Watch = Callable[[str | None], None]
_watches: list[Watch] = []


def watch_compiling(watch: Watch) -> None:
    """Have `watch` told from now on, in place of whoever was told before."""
    _watches[:] = [watch]


def tell(kernel: str | None) -> None:
    """Tell whoever wants to know that `kernel` is being compiled, or that compiling has ended."""
    for watch in _watches:
        watch(kernel)
