"""Finds neuron models by name: those that are built in, and those that installed packages name as entry points.

Only the entry point of the name that a script asks for is loaded, and none for a name that is built in: a package that is installed but
not asked for costs no time and runs no code.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from firmware_models.jit.call_address import address_of
from firmware_models.neuron_model import NeuronModel
from firmware_models.programs.script_models import BUILT_IN
from spinn2sim.errors import NotModelledError, quoted
from spinn2sim.scripts.trial_update import try_start, try_update

GROUP = "spinn2sim.firmware"
# Those that are built in.
MODELS = BUILT_IN
_loaded: dict[str, NeuronModel] = {}


def find_neuron_model(name: str) -> NeuronModel | None:
    """Return a model by name, None if there is none. Raises NotModelledError for one whose package cannot be used."""
    known = MODELS.get(name) or _loaded.get(name)
    return known if known is not None else _load(name)


def models_of_packages() -> dict[str, str]:
    """Return the names of the models that installed packages offer, and where, without loading them."""
    return {point.name: _where(point) for point in sorted(entry_points(group=GROUP)) if point.name not in MODELS}


def _load(name: str) -> NeuronModel | None:
    """Load the model of an entry point, and try its kernel."""
    points = tuple(entry_points(group=GROUP, name=name))
    if not points:
        return None
    if len(points) > 1:
        raise NotModelledError(f"neuron model {name}: found in {' and '.join(map(_where, points))}, allowed is one")
    where = f"neuron model {name} of {_where(points[0])}"
    try:
        model = points[0].load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a package of a user's own may raise anything, SystemExit too
        raise NotModelledError(f"{where}: {_first_line(error)}") from error
    if not isinstance(model, NeuronModel):
        raise NotModelledError(
            f"{where}: found a {type(model).__name__}, allowed is a firmware_models.neuron_model.NeuronModel"
        )
    if model.name != name:
        raise NotModelledError(
            f"{where}: found the name {quoted(model.name)} in its declaration, allowed is {quoted(name)}"
        )
    try:
        trying = "states"
        start = try_start(model)
        trying = "update"
        try_update(model, start)
        address_of(model.update)
    except Exception as error:  # of the start, of the kernel, or of its compilation
        raise NotModelledError(f"{where}: {trying}: {_first_line(error)}") from error
    _loaded[name] = model
    return model


def _where(point: EntryPoint) -> str:
    distribution = f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown package"
    return f"{distribution} ({point.value})"


def _first_line(error: BaseException) -> str:
    """Return what an error says, on one line, after its type."""
    said = [line.strip() for line in str(error).splitlines() if line.strip()]
    # numba names the passes first, and then what it found.
    told = [line for line in said if not line.startswith("Failed in nopython mode")]
    return f"{type(error).__name__}: {told[0]}" if told else type(error).__name__
