"""A convolution of a script: synapses between images, whose weights are shared kernels."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import NotModelledError, ScriptError, quoted
from spinn2sim.notebook import html_table
from spinn2sim.spinnaker2.notices import notice
from spinn2sim.spinnaker2.script_names import as_text
from spinn2sim.spinnaker2.script_population import Population
from spinn2sim.spinnaker2.told_facts import ends_text, parameters_text, range_text

REQUIRED = ("in_height", "in_width")
# What is taken if a parameter is not given, and the least that is allowed.
DEFAULTS = {
    "in_height": 0, "in_width": 0, "stride_x": 1, "stride_y": 1, "pool_x": 1, "pool_y": 1,
    "pad_top": 0, "pad_bottom": 0, "pad_left": 0, "pad_right": 0,
}  # fmt: skip
# Parameters of convolutions elsewhere, which have no meaning here unless they are 1.
NOT_MODELLED = ("dilation", "groups")
AXES = "[channel of pre, channel of post, row, column]"
MOST_SIDE, MOST_PAD = 1 << 18, 255


class Conv2DProjection:
    """A convolution from one population to another of the model lif_conv2d.

    Neuron (channel * height + row) * width + column of a population is a pixel of its image.
    """

    _unnamed = 0

    def __init__(self, pre: Population, post: Population, weights: Any, params: Any, name: str | None = None) -> None:
        """`weights` are whole numbers of 8 bits [channel of pre, channel of post, row, column]; floats are cut toward zero.

        `params` are in_height and in_width, and stride_x, stride_y, pool_x, pool_y (1 if not given), pad_top, pad_bottom, pad_left and
        pad_right (0 if not given): x is along a row, y down a column. The image is summed over windows of pool_y x pool_x pixels,
        framed with zeros, and then covered by kernels.
        """
        if name is None:
            name = f"Conv2DProjection_{Conv2DProjection._unnamed}"
            Conv2DProjection._unnamed += 1
        self.pre, self.post, self.weights, self.params, self.name = pre, post, weights, params, as_text(name)

    def kernel(self) -> NDArray[np.float64]:
        """Return the weights as they are given. Raises ScriptError for anything but four axes of numbers."""
        where = f"projection {self.name}: weights"
        try:
            given = np.asarray(self.weights)
            if np.iscomplexobj(given):
                raise TypeError("complex numbers")
            kernel = given.astype(np.float64)
        except (ValueError, TypeError):
            raise ScriptError(f"{where}: found {quoted(self.weights)}, allowed are numbers {AXES}") from None
        if kernel.ndim != 4 or not kernel.size:
            raise ScriptError(f"{where}: found shape {kernel.shape}, allowed are {AXES}")
        return kernel

    def numbers(self) -> dict[str, int]:
        """Return the parameters with defaults filled in. Raises ScriptError, or NotModelledError for dilation or groups."""
        where = f"projection {self.name}"
        if not isinstance(self.params, Mapping):
            raise ScriptError(f"{where}: params: found {quoted(self.params)}, allowed is a dict")
        for key in self.params:
            if key not in DEFAULTS:
                self._refuse_unknown(where, key)
        found = {}
        for key, default in DEFAULTS.items():
            if key in REQUIRED and key not in self.params:
                raise ScriptError(f"{where}: params: found no {key}, which a convolution needs")
            value = self.params.get(key, default)
            least, most = (0, MOST_PAD) if key.startswith("pad") else (1, MOST_SIDE)
            try:
                whole = not isinstance(value, bool | str) and int(value) == value and least <= value <= most
            except (ValueError, TypeError, OverflowError):
                whole = False
            if not whole:
                raise ScriptError(
                    f"{where}: {key}: found {quoted(value)}, allowed is a whole number from {least} to {most}"
                )
            found[key] = int(value)
        return found

    def _refuse_unknown(self, where: str, key: Any) -> None:
        if str(key).startswith(NOT_MODELLED):
            value = self.params[key]
            if not np.array_equal(np.ravel(value), np.ones(np.size(value))):
                raise NotModelledError(
                    f"{where}: {shown(key)}: found {quoted(value)}, which is not modelled; allowed is 1"
                )
            return
        near = get_close_matches(str(key), DEFAULTS, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(DEFAULTS)}"
        notice(f"{where}: a convolution has no parameter {quoted(key)}, which is ignored; {hint}")

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        """What is told of the projection in a line or a table."""
        try:
            weights = range_text(self.kernel())
        except ScriptError as error:
            weights = str(error)
        return (
            ("from, to", ends_text(self)),
            ("synapses", f"kernels {self._shape}"),
            ("weights", weights),
            ("delays", "none"),
            ("parameters", parameters_text(self.params)),
        )

    def __repr__(self) -> str:
        return f"Conv2DProjection({quoted(self.name)}, {ends_text(self)}, kernels {self._shape})"

    @property
    def _shape(self) -> str:
        """The shape of the weights as a text; of what has none, the beginning of it."""
        try:
            return str(np.shape(self.weights))
        except ValueError:
            return quoted(self.weights)

    def _repr_html_(self) -> str:
        return html_table(f"Convolution {self.name}", self.facts)


def shown(key: object) -> str:
    """Return the name of a parameter without quotes."""
    return quoted(key).strip("'")
