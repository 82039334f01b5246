"""Changes bytes without knowing what they mean: bits flipped, parts cut, doubled, spliced in from another input, numbers at extremes."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from random import Random

LONGEST = 1 << 18  # no input grows beyond it
# Words of 1, 2, 4 and 8 bytes at which sizes and offsets overflow.
EXTREMES = [
    struct.pack(f"{order}{kind}", value)
    for order in "<>"
    for kind, values in {
        "B": (0, 1, 0x7F, 0x80, 0xFF),
        "H": (0, 0x7FFF, 0x8000, 0xFFFF),
        "I": (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF),
        "Q": (0, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1),
        "d": (float("nan"), float("inf"), 1e308, -0.0, 5e-324),
    }.items()
    for value in values
]
# Pieces of text that readers of text have stumbled over.
WORDS = [
    b"\x00", b"\xff", b"\xc3\x28", b"\xef\xbb\xbf", b"\x1b[31m", b"\r", b"\n", b"\r\n", b"\t", b'"', b"'", b"'''", b'"""', b"{", b"}",
    b"[", b"]",
    b"[[", b"]]", b"(", b")", b",", b";", b"=", b".", b"#", b"-", b"--", b"*", b"%", b"\\", b"\\u0000", b"\\ud800", b"nan", b"inf", b"-inf",
    b"1e309", b"1e-400", b"-0", b"0x10", b"true", b"null", b"NULL", b"9223372036854775808", b"-9223372036854775809",
    b"18446744073709551616",
    b"9" * 30, b"9" * 5000, b"[" * 40, b"[" * 3000, b"{\"a\":" * 2000, b"a." * 300, "\u202e".encode(), "\U0001f600".encode(),
    b"<!--<script>",
    b"1979-05-27", b"0001-01-01", b"9999-12-31T23:59:60Z", b"__class__", b"../../etc/passwd", b"/dev/zero",
]  # fmt: skip
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
NUMBERS = [
    b"0", b"-1", b"1", b"2", b"0.5", b"-0.0", b"1e-320", b"1e308", b"-1e308", b"nan", b"inf", b"-inf", b"255", b"256", b"65535", b"65536",
    b"2147483647", b"2147483648", b"4294967296", b"9007199254740993", b"9223372036854775807", b"9223372036854775808",
    b"-9223372036854775808", b"18446744073709551615", b"1" + b"0" * 40, b"1e400", b"true", b'"1"', b"[1]", b"1.0",
]  # fmt: skip


def mutate_bytes(random: Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Return `data` after one to six random changes; parts of `others` may be spliced in."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        random.choice(CHANGES)(random, changed, others)
        if len(changed) > LONGEST:
            del changed[LONGEST:]
    return bytes(changed)


def mutate_numbers(random: Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Return a text in which one to three numbers are replaced by extreme ones, or by what is no number."""
    found = list(NUMBER.finditer(data))
    if not found:
        return mutate_bytes(random, data, others)
    for match in sorted(random.sample(found, min(len(found), random.choice((1, 1, 2, 3)))), key=lambda m: -m.start()):
        data = data[: match.start()] + random.choice(NUMBERS) + data[match.end() :]
    return data


def mutate_lines(random: Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Return a text with lines dropped, doubled, moved, cut, or taken from another text."""
    lines = data.split(b"\n")
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(lines) + 1)
        action = random.randrange(5)
        if action == 0 and at < len(lines) > 1:
            del lines[at]
        elif action == 1:
            lines.insert(at, random.choice(lines))
        elif action == 2 and others:
            lines.insert(at, random.choice(random.choice(others).split(b"\n")))
        elif action == 3 and at < len(lines) and lines[at]:
            lines[at] = lines[at][: random.randrange(len(lines[at]))]
        elif at < len(lines):
            lines[at] = mutate_numbers(random, lines[at]) if random.random() < 0.5 else mutate_bytes(random, lines[at])
    return b"\n".join(lines)[:LONGEST]


def _flip(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _set(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[random.randrange(len(data))] = random.randrange(256)


def _cut_end(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    del data[random.randrange(len(data) + 1) :]


def _cut_part(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = random.randrange(len(data) + 1)
    del data[start : start + random.choice((1, 2, 4, 8, 64, 1000))]


def _double(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = random.randrange(len(data) + 1)
    part = data[start : start + random.choice((1, 4, 16, 200, 2000))]
    data[start:start] = part * random.choice((1, 1, 2, 20))


def _overwrite(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    word = random.choice(EXTREMES)
    start = random.randrange(len(data) + 1)
    data[start : start + len(word)] = word


def _insert(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = random.randrange(len(data) + 1)
    data[start:start] = random.choice(WORDS)


def _splice(random: Random, data: bytearray, others: Sequence[bytes]) -> None:
    other = random.choice(others) if others else bytes(data)
    start, begin = random.randrange(len(data) + 1), random.randrange(len(other) + 1)
    length = random.choice((4, 16, 64, len(other)))
    data[start : start + random.choice((0, length))] = other[begin : begin + length]


def _zero(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = random.randrange(len(data) + 1)
    end = min(len(data), start + random.choice((4, 16, 512)))
    data[start:end] = bytes(end - start)


CHANGES = (_flip, _flip, _flip, _set, _cut_end, _cut_part, _double, _overwrite, _overwrite, _insert, _splice, _zero)
