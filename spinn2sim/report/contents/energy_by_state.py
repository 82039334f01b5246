"""Energy of a run by state of the PEs, with the assumptions on which it rests."""

from __future__ import annotations

from dataclasses import dataclass

from spinn2sim.report.run_data import AbsentError, RunData

STATES = {
    "base": "chip with all PEs off",
    "sleeping": "PEs in use, asleep",
    "running": "cores running",
    "network": "packets on the network",
}


@dataclass(frozen=True)
class EnergyByState:
    """The energy in J by the name of a state, the simulated seconds, and the assumptions, each in a line."""

    joule: dict[str, float]
    chip_s: float
    assumptions: tuple[str, ...]


def energy(run: RunData) -> EnergyByState:
    """Sum the energy of all finished epochs. Raises AbsentError for a run of the mirror, which has no chip, or of an older version."""
    found = [part for line in run.metrics for part in (line.get("energy_by_state_j") or {}).values() if part]
    if not found:
        if any(line.get("energy_j", {}).get("test") for line in run.metrics):
            raise AbsentError("this run has no energy by state (an older version made it): run its scenario.toml again")
        raise AbsentError("the mirror has no chip and so no energy: use spinn2sim run")
    joule = {words: sum(part[state] for part in found) for state, words in STATES.items()}
    seconds = sum((line["train_chip_s"] or 0.0) + (line["test_chip_s"] or 0.0) for line in run.metrics)
    return EnergyByState(joule, seconds, assumptions(run))


def assumptions(run: RunData) -> tuple[str, ...]:
    """Return the assumptions of the energy model, each in a line."""
    chip = run.scenario.chip
    hop = f"{chip.energy_per_hop_pj:g} pJ a flit and hop (chip.energy_per_hop_pj)"
    network = (
        f"network: {hop}" if chip.energy_per_hop_pj else "network: not published, counted as 0 (chip.energy_per_hop_pj)"
    )
    return (
        "base, sleeping and running power: published for the whole chip, divided by its 152 PEs",
        "running: every program draws what CoreMark draws",
        f"running time: from the cycle costs of the programs (chip.costs {chip.costs}, chip.cycles)",
        network,
        "DRAM, host link and system software: left out",
    )
