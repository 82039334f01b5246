"""The sections of the page, in order: title, explanation, and the function that makes the HTML."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from spinn2sim.hardware.mapped_around import mapped_around_text
from spinn2sim.report.contents.energy_by_state import energy
from spinn2sim.report.contents.losses import losses
from spinn2sim.report.page.bars import energy_view, latency_view, sram_view
from spinn2sim.report.page.board_map import board_map_view
from spinn2sim.report.page.confusion import confusion_view
from spinn2sim.report.page.delays import delays_view
from spinn2sim.report.page.embed import Embedded
from spinn2sim.report.page.findings_view import findings_view
from spinn2sim.report.page.floor import floor_view
from spinn2sim.report.page.plane import plane_view
from spinn2sim.report.page.raster import raster_view
from spinn2sim.report.page.tables import cycles_tables, energy_tables
from spinn2sim.report.page.text import items, lost_places
from spinn2sim.report.page.training_curves import losses_view, training_curves_view
from spinn2sim.report.page.voltage_plots import voltages_view
from spinn2sim.report.page.weights import weights_view
from spinn2sim.report.run_data import RunData
from spinn2sim.trace.dead_parts_of_run import dead_parts_of_run

PLACES_SHOWN = 8  # how many lines about first losses are shown


def _lost(run: RunData, views: Embedded) -> str:
    found = losses(run)
    more = len(found.places) - PLACES_SHOWN
    rest = f"<p>{more} lines more: spinn2sim packets RUN, or metrics.jsonl</p>" if more > 0 else ""
    return items(found.places[:PLACES_SHOWN]) + rest + views.add(losses_view(found)) + lost_places(run)


def _floor(run: RunData, views: Embedded) -> str:
    view, missing = floor_view(run)
    dead = dead_parts_of_run(run.folder)
    around = f"<p>Black: dead, cut off or closed. Mapped around {escape(mapped_around_text(dead))}.</p>" if dead else ""
    return around + views.add(view) + "".join(f'<p class="absent">Not shown: {escape(text)}</p>' for text in missing)


def _energy(run: RunData, views: Embedded) -> str:
    found = energy(run)
    total = sum(found.joule.values())
    return (
        f"<p>{total:.3g} J in {found.chip_s:.3g} s of simulated time. Assumed:</p>"
        + items(found.assumptions)
        + views.add(energy_view(found))
        + energy_tables(run)
    )


# Each explanation says what the figure shows, and how to read it.
SECTIONS: tuple[tuple[str, str, Callable[[RunData, Embedded], str]], ...] = (
    (
        "What was lost",
        "Packets and ticks that the chip lost, or that came when nobody waited for them any more. While anything is lost, the chip "
        "computes something else than the equations, and no other figure of this page can be trusted as it is.",
        _lost,
    ),
    (
        "Findings",
        "What may explain wrong answers, worst first; spinn2sim diagnose RUN shows the facts behind it.",
        lambda run, views: findings_view(run),
    ),
    (
        "Training",
        "Accuracy is the share of samples whose label neuron answers first (with a readout: highest); a sample whose label neuron is "
        "silent counts as wrong. Epoch 0 is before training. Training values are means over an epoch in which the weights change, so "
        "that they may lie below those of the test; a test curve that falls while training goes on rising means overfitting.",
        lambda run, views: views.add(training_curves_view(run)),
    ),
    (
        "Yin-Yang plane",
        "The test samples at the last evaluation, by the class that the network chose, and by the output value that the choice rests "
        "on: early spikes mean certainty. Errors along the borders of classes are a matter of precision, errors elsewhere of training.",
        lambda run, views: views.add(plane_view(run)),
    ),
    (
        "Confusion",
        "The test samples at the last evaluation: a row is a label, a square how often it was answered so. Full squares off the "
        'diagonal are classes that the network takes for each other; "silent" is no answer at all.',
        lambda run, views: views.add(confusion_view(run)),
    ),
    (
        "Raster",
        "One sample's packets on the batch's time axis: forward spikes up to the loss (dashed), then the errors that travel back in "
        "reversed order of time; step = tick before the loss. The output that spikes first is the answer: it is right on the green row.",
        lambda run, views: views.add(raster_view(run)),
    ),
    (
        "Membrane voltages",
        "Voltages of chosen neurons before each reset, computed anew with the weights that were kept, by the mirror in float64: not "
        "read from the chip, whose fixed-point spikes may differ. A neuron spikes above the dashed threshold; one that never "
        "spikes has no gradient of its own spikes.",
        lambda run, views: views.add(voltages_view(run)),
    ),
    (
        "Weights",
        "Synapses by weight, before training and with the weights that were kept. Weights that pile up at an end of the range are at the "
        "limit of numerics.weight; a histogram that has hardly moved may mean that optimizer.learning_rate is too small.",
        lambda run, views: views.add(weights_view(run)),
    ),
    (
        "Delays",
        "Synapses by their delay in whole steps, before training and with the weights that were kept.",
        lambda run, views: views.add(delays_view(run)),
    ),
    (
        "Board",
        "Squares are chips, by the work of their PEs; lines are links, one a direction, by the time in which they were busy; those that "
        "wrap around are cut. To look into a chip: spinn2sim packets RUN --chip X,Y. The other figures are those of the first chip.",
        lambda run, views: views.add(board_map_view(run)),
    ),
    (
        "Floor plan",
        "Squares are PEs, four to a quad; bars between quads are mesh channels, one a direction (upper: to the right, right: "
        "upwards); bars within a quad its injection (left) and ejection channel. Colour the PEs by their role or by their work, and "
        "move the slider to see one tick: the PE or channel that is full first limits the tick.",
        _floor,
    ),
    (
        "Latency",
        "How long all traced deliveries took on the way, 20 bins a decade. A spike must arrive before the next tick; "
        "a tail to the right is waiting at a channel or a full FIFO.",
        lambda run, views: views.add(latency_view(run)),
    ),
    (
        "SRAM",
        "What the plan gave each PE, for programs, weights, state and records; above the dashed line nothing fits.",
        lambda run, views: views.add(sram_view(run)),
    ),
    (
        "Where the cycles went",
        "Busy core cycles by program, phase and operation, as they were charged; the dearest operation is where faster firmware pays.",
        cycles_tables,
    ),
    (
        "Energy",
        "Of all finished epochs, by what draws it. It rests on published power and on assumptions, which are listed.",
        _energy,
    ),
)
