"""The trials of a command: a crash at every point, two crashes one after the other, and a fault of the machine at every operation."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from functools import partial

from crashes.cases import tree_now
from crashes.crash_states import SURVIVALS, Key, Survival, key_of, tree_after
from crashes.disk_model import Tree
from crashes.faults import FAULT_KINDS, Fault
from crashes.followed_disk import FollowedDisk
from crashes.frozen_process import Outcome, execute
from crashes.laws import Checked

# Exit statuses of a command that a fault ended: a refusal, and that of Ctrl-C.
ENDED = {"interrupt": (130,), "interrupt after": (130,)}


def crash_everywhere(
    checked: Checked, draw: random.Random, survivals: Sequence[Survival] = SURVIVALS, every: int = 1
) -> None:
    """Crash after every operation of the command, with each survival of what was not forced to the disk.

    With `every` above 1, after one in so many operations, and with one survival each, in turns.
    """
    for number, moment in enumerate(checked.whole.disk.moments):
        turn, rest = divmod(number, every)
        if rest:
            continue
        for survival in survivals if every == 1 else [survivals[turn % len(survivals)]]:
            checked.counts["crashes"] += 1
            checked.check(tree_after(moment, survival, draw), partial(_where, number, survival, checked.whole.disk))


def _where(number: int, survival: str, disk: FollowedDisk) -> str:
    return f"crash at {number} of {len(disk.moments)} with {survival} of the writes"


def crash_twice(checked: Checked, pairs: int, draw: random.Random) -> None:
    """Crash at a drawn point, enter the next command, crash at a drawn point of it, and check that a user can go on."""
    first: dict[Key, Tree] = {}
    times: Counter[Key] = Counter()
    moments = checked.whole.disk.moments
    for _ in range(pairs):
        tree = tree_after(draw.choice(moments), draw.choice(SURVIVALS), draw)
        key = key_of(tree)
        first.setdefault(key, tree)
        times[key] += 1
    for key, count in times.items():
        outcome, problem = checked.go_on(first[key])
        if problem is not None and key not in checked.known:
            checked.findings.append(f"{checked.case.name}: a drawn crash: {problem}")
        checked.known[key] = problem
        for _ in range(count):
            at = draw.randrange(len(outcome.disk.moments))
            survival = draw.choice(SURVIVALS)
            checked.counts["double crashes"] += 1
            checked.check(
                tree_after(outcome.disk.moments[at], survival, draw),
                partial(_second, at, survival, outcome),
            )


def _second(at: int, survival: str, outcome: Outcome) -> str:
    return f"a second crash at {at} of {len(outcome.disk.moments)} with {survival} of the writes"


def fail_everywhere(checked: Checked, every: int, first: int = 0) -> None:
    """Let every operation (or one in `every`) fail in each way, check how the command ends, and that a user can go on."""
    number = first
    for kind in FAULT_KINDS:
        for at, operation in enumerate(checked.whole.disk.operations):
            fault = Fault(kind, at)
            if fault.can_hit(operation):
                number += 1
                if number % every == 0:
                    _fail(checked, fault, operation)


def _fail(checked: Checked, fault: Fault, operation: str) -> None:
    where = f"{fault.kind} at operation {fault.at} ({operation})"
    checked.counts["faults"] += 1
    outcome = execute(checked.case.arguments, checked.start, checked.root, fault)
    tree = tree_now(checked.root)
    problem = _bad_end(outcome, fault)
    if problem is not None:
        checked.findings.append(f"{checked.case.name}: {where}: {problem}")
    elif outcome.status == 0:
        # The fault was at a place that the command can do without.
        problem = checked.difference({path: content for path, content in tree.items() if not path.endswith("/.lock")})
        if problem is not None:
            checked.findings.append(f"{checked.case.name}: {where}: status 0, but {problem}")
    checked.check(tree, lambda: where)


def _bad_end(outcome: Outcome, fault: Fault) -> str | None:
    if outcome.raised:
        return outcome.raised[0]
    if outcome.status not in (0, *ENDED.get(fault.kind, (2,))):
        return f"status {outcome.status}: {outcome.refusal}"
    if outcome.status == 2 and not outcome.refusal.startswith("spinn2sim: "):
        return f"no refusal: {outcome.errors!r}"
    if "Traceback" in outcome.errors:
        return outcome.errors
    return None
