"""The sections of the page, in order: title, explanation, and the function that makes the HTML."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from spinn2sim.hardware.mapped_around import mapped_around_text
from spinn2sim.report.contents.energy_by_state import energy
from spinn2sim.report.contents.losses import losses
from spinn2sim.report.page.bars import energy_view, latency_view, sram_view
from spinn2sim.report.page.delays import delays_view
from spinn2sim.report.page.embed import Embedded
from spinn2sim.report.page.floor import floor_view
from spinn2sim.report.page.plane import plane_view
from spinn2sim.report.page.raster import raster_view
from spinn2sim.report.page.tables import cycles_tables, energy_tables
from spinn2sim.report.page.text import items, lost_places
from spinn2sim.report.page.training_curves import losses_view, training_curves_view
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


SECTIONS: tuple[tuple[str, str, Callable[[RunData, Embedded], str]], ...] = (
    (
        "What was lost",
        "Packets and ticks that the chip lost, or that came when nobody waited for them any more.",
        _lost,
    ),
    (
        "Training",
        "A sample whose label neuron is silent counts as wrong.",
        lambda run, views: views.add(training_curves_view(run)),
    ),
    ("Yin-Yang plane", "The test samples at the last evaluation.", lambda run, views: views.add(plane_view(run))),
    ("Raster", "One sample's packets on the batch's time axis.", lambda run, views: views.add(raster_view(run))),
    (
        "Delays",
        "Synapses by their delay in whole steps, before training and with the weights that were kept.",
        lambda run, views: views.add(delays_view(run)),
    ),
    (
        "Floor plan",
        "Squares are PEs, four to a quad; bars between quads are mesh channels, one a direction (upper: to the right, right: "
        "upwards); bars within a quad its injection (left) and ejection channel. Move the slider to see one tick.",
        _floor,
    ),
    ("Latency", "All traced deliveries, 20 bins a decade.", lambda run, views: views.add(latency_view(run))),
    ("SRAM", "What the plan gave each PE.", lambda run, views: views.add(sram_view(run))),
    ("Where the cycles went", "Busy core cycles by program, phase and operation, as they were charged.", cycles_tables),
    ("Energy", "Of all finished epochs.", _energy),
)
