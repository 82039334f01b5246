"""Faults that are planted in the firmware, which its comparison with numba must find: in the sources, and in the code of a built image."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from firmwares.compilers import FIRMWARE, GCC
from firmwares.images import build_image
from spinn2sim.emulation.firmware_file import FirmwareFile, read_image
from spinn2sim.emulation.instructions import Instruction, decode

# A file, what stands there once, and what takes its place.
SOURCE_FAULTS: tuple[tuple[str, str, str], ...] = (
    ("fixed.h", "smmlar %0", "smmla %0"),
    ("fixed.h", "smmulr %0", "smmul %0"),
    ("fixed.h", "sum = a < 0 ? INT32_MIN : INT32_MAX", "sum = INT32_MAX"),
    ("divide.c", "(uint64_t)-top + bottom - 1", "(uint64_t)-top"),
    ("fixed.h", "toward_zero + (rest >> 31)", "toward_zero"),
    ("fixed.h", "|| bottom < 0, 0", ", 0"),
    ("fixed.h", "qadd %0", "add %0"),
    ("neurons.c", "<= (uint64_t)1 << 31", "<= (uint64_t)1 << 62"),
    ("neurons.c", "factor > (uint32_t)INT32_MIN", "factor != 0"),
    ("four_neurons.c", "add r8, r8, #1", "add r8, r8, #2"),
    ("four_neurons.c", "bmi 4f", "bmi 2b"),
    ("four_neurons.c", '"tst r4, #1', '"tst r4, #2'),
    ("rows.h", "uxtah %[rest], %[rest], r5", "uxtah %[rest], %[rest], r4"),
    ("rows.h", "qadd r8, r8, lr", "add r8, r8, lr"),
    ("inputs.c", "FEW * (int64_t)up + ", "0 + "),
    ("inputs.c", "most > s->inputs.capacity - length", "most > s->inputs.capacity"),
    ("inputs.c", "t.fit &= !known;", "t.fit = 1;"),
    ("synapses.c", "sbc r8, r8, r10, asr #31", "sbc r8, r8, r9, asr #31"),
    ("synapses.c", "lost |= (word >> shift) ^ row[j]", "lost |= 0"),
    ("divide.c", "while (digit > DIGIT_MASK ||", "if (digit > DIGIT_MASK ||"),
    ("own_spikes.c", "spike_count[j] += counted", "spike_count[j] += 1"),
    ("own_spikes.c", "        return 1;\\n    if (__builtin", "        return 0;\\n    if (__builtin"),
    ("own_spikes.c", "from_loss ? 0 : (uint32_t)s->neurons.size", "(uint32_t)s->neurons.size"),
    ("own_spikes.c", "if (!s->seen[*source])", "if (1)"),
    ("population.c", "work_out_jumps(s, step + 1);\\n    decay(s, t);", "decay(s, t);\\n    work_out_jumps(s, step + 1);"),
    ("readout.c", "s->neurons.potential[j] > s->peak[j]", "s->neurons.potential[j] >= s->peak[j]"),
    ("noise.c", "z >> 27", "z >> 26"),
    ("noisy_neurons.c", "adjoint_current[j], alpha, own, word", "adjoint_current[j], alpha, drive, word"),
    ("optimizer.c", "wide < -most ? -most", "wide < -most ? most"),
    ("optimizer.c", "count - s->count_high", "count"),
    ("record.h", "r->first[i] = length", "r->first[i] = 0"),
    ("input.c", "<= step; at++", "< step; at++"),
    ("loss.c", "s->value[k] < earliest", "s->value[k] > earliest"),
    ("loss.c", "(uint64_t)(2 * top + total)", "(uint64_t)(2 * top)"),
    ("optimizer.c", "(one_minus_beta2 * g) * g", "one_minus_beta2 * (g * g)"),
    ("optimizer.c", "((mantissa >> down) + 1) >> 1", "mantissa >> (down + 1)"),
    ("optimizer.c", "if (down < 25)", "if (down < 23)"),
    ("optimizer.c", "sum == (int32_t)sum, 1", "1, 1"),
    ("optimizer.c", "adc lr, lr, r11", "add lr, lr, r11"),
    ("optimizer.c", "(mantissa >> down) + 1", "mantissa / (1 << down) + 1"),
    ("optimizer.c", "mantissa >> -up : mantissa >> 63", "mantissa >> (1 - up) : mantissa >> 63"),
    ("optimizer.c", "left < s->buffer_slots ? left", "left < 0 ? left"),
    ("script.c", "(step + (word >> DELAY_SHIFT))", "(step + 1 + (word >> DELAY_SHIFT))"),
    ("script.c", "if (base < 0 && number == last)", "if (base < 0)"),
    ("script.c", "if (s->spike_tick[at] == step)", "if (1)"),
    ("script.c", "    if (t->step >= s->ticks)\n        return;\n", ""),
    ("script_neurons.h", "v * p[ALPHA] + ((exc - inh) + p[OFFSET])", "(v * p[ALPHA] + (exc - inh)) + p[OFFSET]"),
    ("script_neurons.h", "        inh[j] = 0;\n", ""),
    ("script_neurons.h", "p[SUBTRACTS] != 0.0f", "p[SUBTRACTS] == 0.0f"),
    ("script_neurons.h", "step, s->first + j))", "step, j))"),
    ("script_lif.c", "exc, inh);\n    const int fires = v >= p", "exc, inh);\n    const int fires = v > p"),
    ("script_lif.c", "integrate(p, v, e, i)", "integrate(p, v, exc, inh)"),
    ("script_lif.c", "x[SILENT] > 0.0f", "x[SILENT] > 1.0f"),
    ("script_adaptive.c", "rise = rise + p[ADP_INC]", "rise = p[ADP_INC]"),
    ("script_adaptive.c", "0.5f * (", "0.50001f * ("),
    ("script_adaptive.c", "((((0.04f * v) * v + 5.0f * v) + 140.0f) - u + input)", "(((0.04f * v + 5.0f) * v + 140.0f) - u + input)"),
    ("script_chance.c", "uniform(name) < p[P]", "uniform(name) <= p[P] * 0.999f"),
    ("script_chance.c", "((uint32_t)p[F_DELAY] - 1)", "(uint32_t)p[F_DELAY]"),
    ("script_convolution.c", "y + (int32_t)f[PAD_TOP], x", "y, x"),
    ("script_convolution.c", "i += stride_down, y--", "i += 1, y--"),
    ("chosen_synapses.c", "(int64_t)weights[j] * difference[j] + up) >>", "(int64_t)weights[j] * difference[j]) >>"),
    ("chosen_synapses.c", "noise(stream, shift, word + j)", "noise(stream, shift, word + n)"),
    ("delayed_synapses.c", "past >= slots ? past - slots", "past > slots ? past - slots"),
    ("delayed_synapses.c", "if (known && old == axon_delay)", "if (known)"),
    ("delayed_synapses.c", "lost |= (int32_t)(due[j] >> 32) ^ (word >> 31)", "lost |= 0"),
    ("delayed_inputs.c", "next > oldest ? next : oldest", "next"),
    ("delayed_inputs.c", "s->incoming.all[q].takes_errors || kind->learns_delays", "s->incoming.all[q].takes_errors"),
    ("delayed_inputs.c", "    if (kind->axonal)\n        s->axon_gradient", "    if (1)\n        s->axon_gradient"),
    ("delayed_inputs.c", "with_delay(&l, row, step - fired", "with_delay(&l, row, step - fired + 1"),
    ("graph_inputs.c", "s->delays.error_sum[at] = 0;", ";"),
    ("graph_inputs.c", "if (kind->delay_max > 0 || !is_source", "if (!is_source"),
    ("graph_inputs.c", "        if (kind->delay_max > 0)\n            continue;", ""),
    ("listed_synapses.c", "lost |= (word >> shift) ^ row[j]", "lost |= 0"),
    ("listed_synapses.c", "found = to.list[n] == j", "found = to.list[n] >= j"),
    ("rests.c", "if (n->potential[n->fired[k]] > s->arithmetic.threshold)", "if (1)"),
    ("rests.c", "quotient(s->own_restart[at], slope) + quotient(own, slope)", "quotient(s->own_restart[at] + own, slope)"),
    ("rests.c", "        s->own_restart[first] = 0;", "        ;"),
    ("graph_population.c", "        clear_restarted(s, step + 1);", "        ;"),
    ("graph_population.c", "t->step == 0 && s->delays.slots)", "t->step == 1 && s->delays.slots)"),
    ("own_spikes.c", "s->lists.rows == 0 || has_synapse(s, *source, j)", "1"),
    ("optimizer.c", "*at > 0.0f ? *at : 0.0f", "*at"),
    ("optimizer.c", "above < longest ? above : longest", "above"),
    ("optimizer.c", "if (!s->exists[w])", "if (0)"),
    ("optimizer.c", "return !s->masked || s->exists[w];", "return 1;"),
)  # fmt: skip


def source_faults(folder: Path) -> Iterator[tuple[str, FirmwareFile]]:
    """Build the firmware in `folder` with one fault after the other. Yields what was changed, and the image."""
    for name, old, new in SOURCE_FAULTS:
        old, new = old.replace("\\n", "\n"), new.replace("\\n", "\n")
        shutil.rmtree(folder, ignore_errors=True)
        for part in ("c", "board"):
            shutil.copytree(FIRMWARE / part, folder / part)
        path = folder / "c" / name
        text = path.read_text()
        if text.count(old) != 1:
            raise ValueError(f"{name}: found {old!r} {text.count(old)} times, allowed is once")
        path.write_text(text.replace(old, new))
        build_image(GCC, folder, folder, ("-Wno-error",))
        yield f"{name}: {(new or 'without ' + old.strip()).splitlines()[0]}", read_image(folder)


def with_code_fault(firmware: FirmwareFile, function: str, name: str, bit: int) -> FirmwareFile:
    """Return the image with one bit changed in the first instruction `name` of a function. Raises ValueError if there is none.

    `bit` counts from the first byte of the instruction.
    """
    first = firmware.functions[function]
    found = [one for one in _instructions(firmware, first) if one.name == name]
    if not found:
        raise ValueError(f"{function}: found no {name}")
    code = bytearray(firmware.code)
    code[found[0].address - firmware.base + bit // 8] ^= 1 << bit % 8
    return replace(firmware, code=bytes(code))


def _instructions(firmware: FirmwareFile, first: int) -> list[Instruction]:
    """Return the instructions from a function's first address to the next function's."""
    end = min(
        (address for address in firmware.functions.values() if address > first),
        default=firmware.base + len(firmware.code),
    )
    decoded = decode(firmware.code, firmware.base, firmware.spans)
    return [one for address, one in sorted(decoded.items()) if first <= address < end]
