"""The energy of a run per sample, beside what was published for other chips."""

from __future__ import annotations

from dataclasses import dataclass

from spinn2sim.report.contents.energy_by_state import STATES
from spinn2sim.report.run_data import RunData


@dataclass(frozen=True)
class PublishedEnergy:
    """What a paper gives for a chip, for one sample."""

    chip: str
    what: str
    mj: float
    ms: float | None
    source: str
    # What is not the same as here, or was derived.
    assumed: str


# Other networks, data and accuracies than a run's, so that only the order of magnitude compares.
PUBLISHED = (
    PublishedEnergy(
        "Loihi", "training, exact backpropagation on the chip, MNIST", 0.6, 1.5,
        "Renner et al. 2024, doi 10.1038/s41467-024-53827-9",
        "figures at second hand, not read in the paper itself",
    ),
    PublishedEnergy(
        "BrainScaleS-2", "inference, spiking network, MNIST of 16 x 16", 0.0024, 0.012,
        "Cramer et al. 2022, doi 10.1073/pnas.2109194119 (abstract)",
        "less than 200 mW divided by 85,000 frames/s, an upper bound; training needs a host",
    ),
    PublishedEnergy(
        "BrainScaleS-2", "inference, analog convolutional network, electrocardiogram", 0.192, 0.276,
        "Stradmann et al. 2022, doi 10.1109/OJCAS.2022.3208413 (abstract)",
        "the chip alone; no spiking network; training needs a host",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class EnergyPerSample:
    """The energy of one part of a run, of all finished epochs."""

    part: str
    samples: int
    # Millijoules per sample by state, in all, and milliseconds of simulated time.
    mj_by_state: dict[str, float]
    mj: float
    ms: float


def energy_per_sample(run: RunData) -> list[EnergyPerSample]:
    """Return the energy per sample of training, validation and test, of those that the run has."""
    scenario, found = run.scenario, []
    sizes = {"test": scenario.data.test_samples, "validation": scenario.training.validation_samples}
    for part in ("train", "validation", "test"):
        states, samples, seconds = dict.fromkeys(STATES.values(), 0.0), 0, 0.0
        for line in run.metrics:
            joule = (line.get("energy_by_state_j") or {}).get(part)
            if joule:
                states = {words: states[words] + joule[state] for state, words in STATES.items()}
                samples += line["batches"] * scenario.training.copies if part == "train" else sizes[part]
                seconds += line[f"{part}_chip_s"] or 0.0
        if samples:
            by_state = {words: 1e3 * joule / samples for words, joule in states.items()}
            total = sum(by_state.values())
            found.append(EnergyPerSample(part, samples, by_state, total, 1e3 * seconds / samples))
    return found
