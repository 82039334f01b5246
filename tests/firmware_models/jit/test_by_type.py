"""One name for several kernels: the class of the first argument chooses."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from firmware_models.jit.by_type import by_type
from firmware_models.jit.compiler import kernels_in


class Sum(NamedTuple):
    """Says: add."""

    start: int


class Product(NamedTuple):
    """Says: multiply."""

    start: float


def added(how: Sum, a: int, b: int) -> int:
    """start + a + b."""
    return how.start + a + b


def multiplied(how: Product, a: int, b: int) -> float:
    """start a b."""
    return how.start * a * b


@pytest.mark.parametrize(("how", "expected"), [(Sum(1), 6), (Product(0.5), 3.0)])
def test_the_first_argument_chooses(
    how: Sum | Product, expected: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In Python and inside a compiled kernel the same name calls the kernel of the argument's class."""
    kernel = kernels_in(tmp_path_factory.mktemp("compiled"), allocate=True)
    combined = by_type(kernel(added), kernel(multiplied))

    @kernel
    def caller(how: Sum | Product) -> float:
        return combined(how, 2, 3)  # type: ignore[no-any-return]

    assert combined(how, 2, 3) == expected
    assert caller(how) == expected
