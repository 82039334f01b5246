"""The firmware's header file against the host's vocabulary; two sides that never import each other must mean the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware_models import words
from firmware_models.cost import Costs
from spinn2sim.hardware import packet, program
from spinn2sim.hardware.packet import LONG_PAYLOAD, NO_PAYLOAD, PAYLOAD
from spinn2sim.scenario.cycle_keys import CycleCosts
from spinn2sim.scenario.keys import QUANTITIES


def test_kinds_phases_and_shifts_are_the_hosts() -> None:
    """Kinds, phases and key fields have the host's values: a packet means the same on both sides."""
    for kind in packet.Kind:
        assert getattr(words, kind.name) == kind.value
    for phase in packet.Phase:
        assert getattr(words, phase.name) == phase.value
    fields = [f"{field}_{what}" for field in ("COPY", "LAYER") for what in ("SHIFT", "MASK")] + ["NEURON_MASK"]
    for name in ("KIND_SHIFT", "WIDE_SHIFT", "WIDE_MARK", *fields, *(f"WIDE_{field}" for field in fields)):
        assert getattr(words, name) == getattr(packet, name)
    assert words.NO_TRANSFER == program.NO_TRANSFER
    assert [getattr(words, f"SAT_{name.upper()}") for name in QUANTITIES] == list(range(len(QUANTITIES)))


NARROW = st.tuples(st.integers(0, packet.KEY_COPIES - 1), st.integers(0, 15), st.integers(0, 2**18 - 1))
WIDE = st.tuples(st.integers(0, 7), st.integers(16, 4095), st.integers(0, 2**13 - 1))


@given(st.sampled_from(packet.Kind), NARROW | WIDE)
def test_firmware_packs_the_hosts_key(kind: packet.Kind, fields: tuple[int, int, int]) -> None:
    """A key made on a PE is the host's key, and both take it apart alike, for 4,096 populations."""
    copy, layer, neuron = fields
    key = packet.Key(kind, copy, layer, neuron)
    word = int(words.make_key(kind.value, copy, layer, neuron))
    assert word == key.pack()
    assert 0 <= word < 2**32
    assert packet.Key.unpack(word) == key
    assert (int(words.key_kind(word)), int(words.key_layer(word))) == (kind, layer)
    assert int(words.key_neuron(word)) == neuron


def test_tick_and_mailboxes_have_the_fields_that_programs_name() -> None:
    """The tuples that the engine hands over have, in this order, what the programs read and write."""
    assert words.Tick._fields == program.TimerTick._fields
    assert program.Inbox._fields == ("first", "last", "key", "payload", "matched", "long")
    assert program.Outbox._fields == (
        "count", "row", "key", "payload", "has_payload", "cycle", "transfer", "argument", "long",
    )  # fmt: skip


def test_a_sent_packet_and_a_started_transfer_fill_every_column() -> None:
    """An outbox entry never shows what an earlier wake left in its place."""
    outbox = program.make_outbox(3, long=True)
    for column in outbox[1:]:
        column[:] = 77
    words.send(outbox, 3, int(words.make_key(3, 7, 4095, 2**13 - 1)), -5, 1, 1234)
    words.start_transfer(outbox, 4, 9, 8, 99)
    words.send_long(outbox, 5, 6, -(2**63), 2**63 - 1, 7)
    assert outbox.count[0] == 3
    found = [tuple(int(column[at]) for column in outbox[1:-1]) for at in range(3)]
    none = program.NO_TRANSFER
    assert found == [(3, 0xFFFFFFFF, -5, 1, 1234, none, 0), (4, 0, 0, 0, 99, 9, 8), (5, 6, 0, LONG_PAYLOAD, 7, none, 0)]
    assert outbox.long[2].tolist() == [-(2**63), 2**63 - 1]
    assert [words.WITHOUT_PAYLOAD, words.WITH_PAYLOAD, words.WITH_LONG_PAYLOAD] == [NO_PAYLOAD, PAYLOAD, LONG_PAYLOAD]


def test_every_cycle_cost_has_a_key() -> None:
    """Scenario keys and the programs' costs name the same operations."""
    assert Costs._fields == tuple(CycleCosts.__dataclass_fields__)
