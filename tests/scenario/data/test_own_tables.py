"""A user's own table, from a CSV file: how it is read, refused, split, scaled and encoded."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from places import SCENARIOS
from small_scenario import SMALL
from spinn2sim.errors import DataError, DataWarning, ScenarioError
from spinn2sim.scenario.data.csv_file import read_csv
from spinn2sim.scenario.data.sample_table import SampleTable
from spinn2sim.scenario.data.scaling import scaled
from spinn2sim.scenario.data.splits import Splits, load_splits
from spinn2sim.scenario.data.stratified import draw
from spinn2sim.scenario.keys import Data, Scenario
from spinn2sim.scenario.load import load, load_text

OWN = SMALL.replace('source = "yinyang"\ntrain_samples = 20\ntest_samples = 10', 'source = "csv"\npath = "d.csv"')
PLAIN = "a,b,kind\n1,2.5,x\n2,3,y\n3,-4e1,x\n4,5,y\n5,6,x\n6,7,y\n7,8,x\n8,9,y\n9,1,x\n10,2,y\n"


def scenario_of(folder: Path, text: str = PLAIN, keys: dict[str, Any] | None = None) -> Scenario:
    """Load a scenario whose data are a CSV file with this text."""
    (folder / "d.csv").write_text(text)
    return load_text(OWN, keys or {}, folder=folder)


def splits_of(folder: Path, text: str = PLAIN, **keys: Any) -> Splits:
    """Load the splits of a CSV file; the double underscore of a name stands for the point of a key."""
    return load_splits(scenario_of(folder, text, {name.replace("__", "."): value for name, value in keys.items()}))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a,b,kind\n1,2.5,x\n2,3,y\n", {}),
        ("1,2.5,x\n2,3,y\n", {}),
        ("1;2.5;x\n2;3;y\n", {}),
        ("1\t2.5\tx\r\n2\t3\ty\r\n", {}),
        ("  1   2.5  x \n 2     3  y\n", {}),
        ("1|2.5|x\n\n2|3|y\n\n", {}),
        ("\ufeffa,b,kind\n1,2.5,x\n2,3,y", {}),
        ('"a, first","b","kind"\n"1","2.5","x"\n"2","3","y"\n', {}),
        ("# a, b, kind\n1, 2.5, x\n2, 3, y\n", {}),
        ("kind,a,b\nx,1,2.5\ny,2,3\n", {"label": "kind"}),
        ("x,1,2.5\ny,2,3\n", {"label": "1"}),
        ("kind,a,b\nx,1,2.5\ny,2,3\n", {"label": "1"}),
        ("1,2.5,x\n2,3,y\n", {"header": False}),
        ("a,who,b,kind\n1,anna,2.5,x\n2,bert,3,y\n", {"ignore": ("who",)}),
        (",a,b,kind\n0,1,2.5,x\n1,2,3,y\n", {}),
        ("Id;a;b;kind\n7;1;2.5;x\n8;2;3;y\n", {"delimiter": "semicolon"}),
        ("1\r2.5\r", None),
    ],
)
def test_forms_of_a_file(tmp_path: Path, text: str, keys: dict[str, Any] | None) -> None:
    """The same two rows are found with and without names of columns, with any delimiter, quotes, and the label anywhere."""
    file = tmp_path / "d.csv"
    file.write_bytes(text.encode())
    if keys is None:
        with pytest.raises(DataError, match="found one column"):
            read_csv(str(file), Data(source="csv"))
        return
    table = read_csv(str(file), Data(source="csv", **keys))
    assert table.values.tolist() == [[1, 2.5], [2, 3]]
    assert table.labels == ("x", "y")


@pytest.mark.parametrize(
    ("text", "keys", "said"),
    [
        ("a,b,k\n1,2,x\n1,two,y\n", {}, r"line 3, column 2 \(b\): found 'two', allowed is a finite number: write"),
        ("a,b,k\n1,2,x\n1e999,2,y\n", {}, r"line 3, column 1 \(a\): found '1e999', allowed is a finite number"),
        ("1;2,5;x\n2;3,5;y\n", {"header": False}, "line 1, column 2: found '2,5', allowed is a finite number, with a point"),
        ("a,b,k\n1,2,x\n1_0,2,y\n", {}, "found '1_0'"),
        ("a,b,k\n1,2,x\n1,2\n", {}, "line 3: found 2 columns, allowed are 3"),
        ("a,b,k\n1,2,x\n1,,y\n", {}, r"line 3, column 2 \(b\): found no value \(1 are missing in all\), allowed with data.missing"),
        ("a,b,k\n1,2,x\n1,3,NA\n", {}, "line 3, the label: found no value"),
        ("a,b,k\n1,,x\n1,,y\n", {"missing": "leave_out"}, "found no row without missing values"),
        ("a,b,k\n", {}, "found no rows below"),
        ("\n\n", {}, "found no rows"),
        ("", {}, "found no rows"),
        ("a,b,k\n1,2,x\n", {"label": "c"}, "data.label: found no column 'c', allowed is 1 to 3, or a, b, k"),
        ("a,a,k\n1,2,x\n", {"label": "a"}, "data.label: found 2 columns 'a', allowed is a number, such as '1'"),
        ("a,b,k\n1,2,x\n", {"ignore": ["k"]}, "found the column of the labels"),
        ("a,b,k\n1,2,x\n1,2,x\n", {}, "found the label 'x' alone"),
        ("1,2,0.5\n1,2,1.5\n2,2,0.5\n", {}, "found label '0.5', allowed are classes"),
        ("1,2,a\n1,2,b\n2,2,c\n", {}, "found 3 different labels in 3 samples"),
        ("a,b,k\n1,2,x\n1,\x00,y\n", {}, "found a null character in line 3"),
        ("k\nx\ny\n", {}, "found one column"),
    ],
)  # fmt: skip
def test_refusals(tmp_path: Path, text: str, keys: dict[str, Any], said: str) -> None:
    """What cannot be used is refused in one line, with file, line and column."""
    with pytest.raises(DataError, match=said) as found:
        splits_of(tmp_path, text, training__copies=1, **{f"data__{key}": value for key, value in keys.items()})
    assert "\n" not in str(found.value)
    assert "d.csv" in str(found.value)


def test_not_a_text(tmp_path: Path) -> None:
    """A file that is no text, or is not there, is refused when the scenario is loaded."""
    (tmp_path / "d.csv").write_bytes(b"1,2,x\n\xff\xfe")
    with pytest.raises(DataError, match="not a text in UTF-8"):
        load_text(OWN, folder=tmp_path)
    with pytest.raises(DataError, match="no such file, allowed is a CSV file"):
        load_text(OWN, {"data.path": "nowhere.csv"})


@pytest.mark.parametrize(
    ("text", "keys", "said"),
    [
        ("1,2,4\n1,3,4\n2,2,6\n3,3,6\n", {}, "the classes are counted from 0: 0 is 4, 1 is 6"),
        ("1,2,yes\n1,3,no\n2,2,yes\n3,3,no\n", {}, "0 is no, 1 is yes"),
        ("1,2,0\n1,3,0\n2,2,1\n3,3,1\n", {}, "sorted by label; the splits are drawn"),
        ("1,5,0\n1,5,1\n2,5,0\n3,5,1\n", {}, "column 2: the same in all training samples"),
        ("1,?,0\n1,3,1\n2,2,0\n3,3,1\n4,4,0\n", {"missing": "leave_out"}, "1 rows with missing values are left out"),
        ("1,NaN,0\n1,3,1\n2,2,0\n3,3,1\n4,4,0\n", {"missing": "mean"}, "1 missing values became the mean"),
        ("Id,b,k\n1,5,0\n2,6,1\n3,9,0\n4,8,1\n", {}, r"column 1 \(Id\) counts the rows, and is left out"),
        ("1,5,0\n1,4,1\n2,5,0\n3,9,1\n3,8,2\n3,7,0\n", {"test_samples": 2}, "no test sample has the label 2"),
    ],
)  # fmt: skip
def test_notes(tmp_path: Path, text: str, keys: dict[str, Any], said: str) -> None:
    """What is accepted in another form than it stands in the file is said in one line."""
    with pytest.warns(DataWarning, match=said):
        splits_of(tmp_path, text, training__copies=1, **{f"data__{key}": value for key, value in keys.items()})


def test_counts_and_inputs_come_from_the_file(tmp_path: Path) -> None:
    """A fifth of the rows is for testing; each column is two inputs, with a bias behind them; all of that can be turned off."""
    scenario = scenario_of(tmp_path)
    train, test, _ = load_splits(scenario)
    assert (len(train), len(test), train.n_inputs, train.n_classes) == (8, 2, 5, 2)
    assert (scenario.data.scale, scenario.encoding.complement, scenario.encoding.bias) == ("min_max", True, True)
    plain = splits_of(tmp_path, encoding__complement=False, encoding__bias=False, data__test_samples=3)
    assert (len(plain.train), len(plain.test), plain.train.n_inputs) == (7, 3, 2)
    assert splits_of(tmp_path, encoding__kind="latency_time", network__steps=20).train.n_inputs == 5


def test_second_file(tmp_path: Path) -> None:
    """All rows of a second file are for testing, and its labels are those of the first."""
    (tmp_path / "t.csv").write_text("a,b,kind\n1,1,y\n2,2,y\n")
    with pytest.warns(DataWarning, match="no test sample has the label x"):
        train, test, _ = splits_of(tmp_path, data__test_path=tmp_path / "t.csv")
    assert (len(train), test.labels.tolist()) == (10, [1, 1])
    (tmp_path / "t.csv").write_text("a,kind\n1,y\n2,y\n")
    with pytest.raises(DataError, match="found 1 columns of values, allowed are the 2"):
        splits_of(tmp_path, data__test_path=tmp_path / "t.csv")


def test_what_only_some_sources_have(tmp_path: Path) -> None:
    """Keys of own data are refused with other sources, too many samples are refused, and values must be scaled somehow."""
    for key, value in (("label", "x"), ("scale", "min_max"), ("test_path", "x"), ("missing", "mean"), ("header", True)):
        with pytest.raises(ScenarioError, match=f"data.{key}: found .*, allowed is no such key but with data.source"):
            load_text(SMALL, {f"data.{key}": value})
    with pytest.raises(ScenarioError, match=r"encoding\.complement: found True"):
        load_text(SMALL, {"encoding.complement": True})
    with pytest.raises(DataError, match=r"found 10 samples, allowed is at least data\.train_samples 9"):
        splits_of(tmp_path, data__train_samples=9, data__test_samples=2)
    with pytest.raises(DataError, match=r'allowed is 0 to 1 with data\.scale = "none"'):
        splits_of(tmp_path, data__scale="none")


def test_iris_is_learned_from_its_own_classes() -> None:
    """The scenario of irises has 120 and 30 samples with a third of each class, also in a validation split."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        train, test, validation = load_splits(load(SCENARIOS / "iris.toml", {"training.validation_samples": 30}))
    assert validation is not None
    assert [np.bincount(part.labels).tolist() for part in (train, test, validation)] == [[30] * 3, [10] * 3, [10] * 3]
    assert train.n_inputs == 9


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.data())
@settings(max_examples=60)
def test_drawn_splits_have_each_class(labels: list[int], data: st.DataObject) -> None:
    """As many samples are drawn as asked, none twice, of each class its share up to one; a class of two keeps one while others can give."""
    classes = np.array(labels)
    count = data.draw(st.integers(0, len(labels)))
    chosen, rest = draw(classes, count, np.random.RandomState(3))
    assert len(chosen) == count
    assert sorted([*chosen, *rest]) == list(range(len(labels)))
    sizes, drawn = np.bincount(classes), np.bincount(classes[chosen], minlength=classes.max() + 1)
    if count <= (sizes - 1).clip(0).sum():
        assert (drawn <= (sizes - 1).clip(0)).all()
    if sizes.min() > len(sizes):
        assert (abs(drawn - sizes * count / len(labels)) <= len(sizes)).all()


@given(
    st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=2, max_size=12),
    st.integers(1, 2),
)
@settings(max_examples=60)
def test_scaling_looks_at_training_samples_alone(rows: list[tuple[float, float]], more: int) -> None:
    """Scaled values lie in 0..1, whatever the numbers, and other samples change none of the training samples' values."""
    values = np.array(rows)
    names = tuple(f"row {k}" for k in range(len(rows)))
    table = SampleTable(values, ("x",) * len(rows), ("a", "b"), names, "d.csv")
    other = table._replace(values=np.full_like(values, 1e300))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        train, test = scaled((table, table), len(rows) - more + 1, "min_max")
        same, _ = scaled((table, other), len(rows) - more + 1, "min_max")
    assert ((train >= 0) & (train <= 1) & (test >= 0) & (test <= 1)).all()
    assert (train == same).all()
