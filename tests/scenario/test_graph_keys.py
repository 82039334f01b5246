"""Networks of populations and projections in scenario files: what is accepted, what is refused and how, and overrides."""

from __future__ import annotations

import pytest

from graph_scenario import SMALL_GRAPH
from small_scenario import SMALL
from spinn2sim.errors import ScenarioError
from spinn2sim.scenario import load_text, resolved_toml

HIDDEN, LOOP = "population 1 (hidden)", "projection 2 (hidden -> hidden)"
REFUSED = [
    ("population.hidden.name=in", "population 1 (in): name: found that of population 0 again"),
    ("population.hidden.name='a b'", "population 1 (a b): name: found 'a b', allowed is letters, digits, _ and -"),
    ("population.hidden.name='ä'", "name: found 'ä', allowed is letters"),
    ("population.hidden.name=''", "population 1 (): name: found \"\", allowed is at least 1 character"),
    ("population.hidden.size=0", f"{HIDDEN}: size: found 0, allowed is greater than or equal to 1"),
    ("population.hidden.size=65536", f"{HIDDEN}: size: found 65536, allowed is less than or equal to 65535"),
    ("population.hidden.size=2.5", f"{HIDDEN}: size: found 2.5, allowed is integer"),
    ("population.hidden.kind=relu", f"{HIDDEN}: kind: found \"relu\", allowed is 'input', 'lif' or 'readout'"),
    ("population.hidden.kind=readout", "projection 0 (hidden -> out): pre: found a readout"),
    ("population.hidden.kind=input", f"{HIDDEN}: tau_mem_ms: found a normal distribution, allowed is no such key"),
    ("population.hidden.seize=3", f"{HIDDEN}: unknown key seize; did you mean size?"),
    ("population.hidden.tau_mem_ms=-1", f"{HIDDEN}: tau_mem_ms: found -1, allowed is greater than 0 or"),
    ("population.hidden.tau_mem_ms=1e12", f"{HIDDEN}: tau_mem_ms: found 1000000000000.0 with dt_ms 1.0, allowed is a decay"),
    ("population.hidden.tau_mem_ms.mean=-20", f"{HIDDEN}: tau_mem_ms.mean: found -20.0, allowed is a positive number"),
    ("population.hidden.tau_mem_ms.std=-2", f"{HIDDEN}: tau_mem_ms.std: found -2.0, allowed is a positive number"),
    ("population.hidden.tau_mem_ms.low=2", f"{HIDDEN}: tau_mem_ms.low: found 2.0, allowed is no such key"),
    ("population.hidden.tau_mem_ms={mean=2}", f"{HIDDEN}: tau_mem_ms.std: found nothing, allowed is a number"),
    ("population.hidden.tau_mem_ms={mean='x'}", f"{HIDDEN}: tau_mem_ms.mean: found \"x\", allowed is number"),
    ("population.hidden.tau_mem_ms={average=2}", f"{HIDDEN}: tau_mem_ms: unknown key average, allowed are distribution"),
    ("population.hidden.tau_mem_ms={distribution='uniform', low=3, high=2}", "tau_mem_ms.low: found 3.0, allowed is at most high"),
    ("population.hidden.tau_mem_ms={distribution='gamma'}", "tau_mem_ms.distribution: found \"gamma\", allowed is 'normal'"),
    ("population.hidden.refractory_steps=-1", f"{HIDDEN}: refractory_steps: found -1, allowed is greater than or equal to 0"),
    ("population.hidden.refractory_steps=1.5", f"{HIDDEN}: refractory_steps: found 1.5, allowed is integer"),
    ("population.hidden.refractory_steps=5000", f"{HIDDEN}: refractory_steps: found 5000, allowed is less than 4096"),
    ("population.in.refractory_steps=2", "population 0 (in): refractory_steps: found 2, allowed is no such key with kind = \"input\""),
    ("network.refractory_steps=-2", "network.refractory_steps: found -2, allowed is greater than or equal to 0"),
    ("population.nobody.size=3", "--set population.nobody.size: found no entry nobody, allowed is 0 to 2, or in, hidden, out"),
    ("population.hidden=3", "--set population.hidden: found a value for an entry, allowed is one of its keys"),
    ("population=3", "population: found int, or a list of other things, allowed are tables [[population]]"),
    ("population=[]", "population: found 0 entries, allowed are 1 to 4096"),
    ("populations=3", "unknown key populations; did you mean [[population]]?"),
    ("projection.3.init=1", "--set projection.3.init: found no entry 3, allowed is 0 to 2, or hidden->out, in->hidden"),
    ("projection.2.pre=hiden", "projection 2 (hiden -> hidden): pre: found 'hiden', allowed is the name of a population: in,"),
    ("projection.2.post=hiden", "projection 2 (hidden -> hiden): post: found 'hiden', allowed is"),
    ("projection.2.post=in", "projection 2 (hidden -> in): post: found a population of inputs"),
    ("projection.2.density=0", f"{LOOP}: density: found 0, allowed is greater than 0"),
    ("projection.2.density=1.1", f"{LOOP}: density: found 1.1, allowed is less than or equal to 1"),
    ("projection.2.init=[1, -1]", f"{LOOP}: init[1]: found -1, allowed is greater than or equal to 0"),
    ("projection.2.init=[1]", f"{LOOP}: init: found [1], allowed is a list with one entry more"),
    ("projection.2.init=x", f"{LOOP}: init: found \"x\", allowed is a list or number"),
    ("projection.2.learn=all", f"{LOOP}: learn: found \"all\", allowed is 'weights', 'delays', 'both', 'axonal' or 'none'"),
    ("projection.2.delay_steps=6", f"{LOOP}: delay_steps: found 6, allowed is at most delay_max = 5"),
    ("projection.2.delay_steps=-1", f"{LOOP}: delay_steps: found -1, allowed is greater than or equal to 0"),
    ("projection.2.delay_steps=[3, 2]", f"{LOOP}: delay_steps: found [3, 2], allowed is the least delay and the most"),
    ("projection.2.delay_max=29", f"{LOOP}: delay_max: found 29, allowed is at most network.steps - 2 = 28"),
    ("projection.2.delay_max=0", f"{LOOP}: delay_max: found 0, allowed is at least 1"),
    ("projection.1.delay_steps=29", "projection 1 (in -> hidden): delay_steps: found 29, allowed is at most network.steps"),
    ("projection.1.learn=delays", "projection 1 (in -> hidden): delay_max: found nothing, allowed is the most steps"),
    ("projection.1.post=out", f"{HIDDEN}: found no way to it from any input"),
    ("network.output=nobody", "network.output: found 'nobody', allowed is the name of a population: in, hidden, out"),
    ("network.output=in", "population 0 (in): kind: found \"input\", and it is the output, allowed is \"lif\""),
    ("loss={kind='max_voltage', xi_ms=1}", "population 2 (out): kind: found \"lif\", and it is the output, allowed is \"readout\""),
    ("network.hidden=[3]", "network.hidden: found it beside [[population]]"),
    ("network.init=[[1, 1]]", "network.init: found it beside [[population]], allowed is the key init of each"),
    ("mapping.pes_per_layer=[1]", "mapping.pes_per_layer: found 1 numbers, allowed is 3: one for each [[population]]"),
    ("loss.b_ms=0.01", "loss.b_ms: found 0.01"),
]  # fmt: skip


@pytest.mark.parametrize(("override", "message"), REFUSED, ids=[override for override, _ in REFUSED])
def test_refuses_in_one_line(override: str, message: str) -> None:
    """A mistake in an entry is refused in one line that names the entry, its key, what was found and what is allowed."""
    with pytest.raises(ScenarioError) as error:
        load_text(SMALL_GRAPH, [override], "mine.toml")

    assert message in str(error.value)
    assert all(line.startswith(("mine.toml: ", "--set ")) for line in str(error.value).split("\n"))


FORMS = [
    (SMALL.replace("hidden =", "# hidden ="), "network.hidden: found neither it nor [[population]]"),
    (SMALL.replace("[network]", "[network]\noutput = 'x'"), "network.output: found 'x', allowed is no such key without"),
    (SMALL + "\n[[projection]]\npre = 'a'\npost = 'b'\ninit = 1\n", "network.hidden: found it beside"),
    (SMALL_GRAPH.split("[[projection]]")[0] + SMALL_GRAPH[SMALL_GRAPH.index("[loss]") :], "found no entry beside"),
    (SMALL_GRAPH.replace('output = "out"', ""), "network.output: found nothing, with 0 populations of kind readout"),
    (SMALL_GRAPH.replace("delay_rate", "# delay_rate"), "optimizer.delay_rate: found nothing"),
    (SMALL_GRAPH.replace('name = "hidden"', ""), "population 1: name is missing"),
    (SMALL_GRAPH.replace("init = [0.0, 0.2]", ""), f"{LOOP}: init is missing"),
    (SMALL_GRAPH.replace('kind = "input"', 'kind = "lif"'), "population: found none of them an input"),
    (SMALL_GRAPH + '[[population]]\nname = "more"\nsize = 3\nkind = "input"\n', "found no projection out of it"),
    (SMALL_GRAPH.replace("size = 4", "size = 50000").replace("size = 10", "size = 50000"), "population: found 5,000,"),
    (SMALL_GRAPH.replace("size = 10", "size = 6000"), "population: found 36,042,000 weights with 3 populations"),
    (SMALL_GRAPH.replace("size = 10", "size = 5000").replace("steps = 30", "steps = 3400").replace("b_ms = 5", "b_ms = 9"),
     "network.steps: found 3400 with 5,007 neurons"),
    (SMALL_GRAPH + "".join(f'[[population]]\nname = "p{k}"\nsize = 1\nkind = "lif"\n' for k in range(4094)), "found 4097 entries"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), FORMS, ids=[message for _, message in FORMS])
def test_refuses_a_form_that_is_not_whole(text: str, message: str) -> None:
    """Both forms of a network, neither, or a part of one is refused in one line."""
    with pytest.raises(ScenarioError) as error:
        load_text(text, (), "mine.toml")

    assert message in str(error.value)
    assert all(line.startswith(("mine.toml: ", "--set ")) for line in str(error.value).split("\n"))


def test_resolved_text_loads_to_an_equal_scenario() -> None:
    """scenario.toml of a run with populations and projections gives the same scenario again, and is resolved already."""
    scenario = load_text(SMALL_GRAPH)
    text = resolved_toml(scenario)

    assert load_text(text) == scenario
    assert resolved_toml(load_text(text)) == text


SET = [
    ("population.hidden.size=12", 12),
    ("population[1].size=12", 12),
    ("population.1.size=12", 12),
    ("population.hidden={size=12}", 12),
]


@pytest.mark.parametrize(("override", "size"), SET, ids=[override for override, _ in SET])
def test_an_entry_is_overridden_by_name_or_number(override: str, size: int) -> None:
    """--set reaches a key of an entry by the population's name or the entry's number, and changes nothing else."""
    scenario, before = load_text(SMALL_GRAPH, [override]), load_text(SMALL_GRAPH)

    assert scenario.population is not None
    assert before.population is not None
    assert [p.size for p in scenario.population] == [4, size, 3]
    assert scenario.population[0] == before.population[0]
    assert scenario.projection == before.projection


def test_a_projection_is_overridden_by_its_ends() -> None:
    """--set reaches a projection by PRE->POST, and a whole distribution takes the place of another."""
    changes = [
        "projection.hidden->hidden.density=1",
        "population.hidden.tau_mem_ms={distribution='uniform', low=1, high=2}",
    ]
    scenario = load_text(SMALL_GRAPH, changes)

    assert scenario.projection is not None
    assert scenario.projection[2].density == 1
    assert scenario.population is not None
    assert "uniform" in str(scenario.population[1].tau_mem_ms)
