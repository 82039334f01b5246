/* Fixed-point arithmetic of a PE: products are rounded once, ties up, and sums saturate when they are stored.
   The same numbers, bit for bit, as firmware_models/fixedpoint.py. */
#ifndef FIXED_H
#define FIXED_H
#include <stdint.h>

/* addend + (a b + 2^31) / 2^32, in one instruction: SMMLAR. */
static inline int32_t multiply_high(int32_t a, int32_t b, int32_t addend)
{
    int32_t result;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(addend));
    return result;
}

/* value * factor / 2^32, rounded once, for a factor between 0 and 1 with 32 fraction bits. The instruction reads a factor of 1/2 or
   more as negative, as factor - 2^32: what its product lacks is `value` itself. */
static inline int32_t scale(int32_t value, uint32_t factor)
{
    int32_t word = (int32_t)factor;
    return multiply_high(value, word, value & (word >> 31));
}

/* The same where it is known on which side of 1/2 the factor is. */
static inline int32_t scale_large(int32_t value, uint32_t factor) { return multiply_high(value, (int32_t)factor, value); }
static inline int32_t scale_small(int32_t value, uint32_t factor)
{
    int32_t result;
    __asm__("smmulr %0, %1, %2" : "=r"(result) : "r"(value), "r"((int32_t)factor));
    return result;
}

/* What rounding to nearest adds before a shift to the right; nothing if there is no shift. */
static inline int64_t half(int32_t shift) { return ((int64_t)1 << shift) >> 1; }

static inline int64_t round_shift(int64_t value, int32_t shift) { return (value + half(shift)) >> shift; }

static inline int64_t narrow(int64_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* a + b in a format of 32 bits, counted in `saturated` if it does not fit. */
static inline int32_t add_full(int32_t a, int32_t b, uint32_t *saturated)
{
    int32_t sum;
    if (__builtin_expect(__builtin_add_overflow(a, b, &sum), 0)) {
        sum = a < 0 ? INT32_MIN : INT32_MAX;
        ++*saturated;
    }
    return sum;
}

/* a + b in any format. */
static inline int32_t add_narrow(int32_t a, int32_t b, int32_t low, int32_t high, uint32_t *saturated)
{
    int64_t wide = (int64_t)a + b, stored = narrow(wide, low, high);
    *saturated += stored != wide;
    return (int32_t)stored;
}

/* Sums of weights are made with QADD, whose sticky flag Q tells afterwards whether any of them left 32 bits. The statements are
   volatile, so that they stay in their order. */
static inline void clear_overflow(void) { __asm__ volatile("msr apsr_nzcvq, %0" : : "r"(0) : "cc"); }

static inline int overflow_seen(void)
{
    uint32_t flags;
    __asm__ volatile("mrs %0, apsr" : "=r"(flags));
    return (int)(flags >> 27 & 1);
}

static inline int32_t add_sticky(int32_t a, int32_t b)
{
    int32_t sum;
    __asm__ volatile("qadd %0, %1, %2" : "=r"(sum) : "r"(a), "r"(b));
    return sum;
}

int64_t quotient_long(int64_t n, int32_t d);

/* floor((2n + d) / 2d), which is n / d to the nearest, ties up; 1 <= d < 2^31, |n| < 2^62. One division if 2n + d and 2d are words. */
static inline int64_t quotient(int64_t n, int32_t d)
{
    const int64_t top = 2 * n + d;
    const int32_t word = (int32_t)top, bottom = (int32_t)(2 * (uint32_t)d);
    if (__builtin_expect((int32_t)(top >> 32) != word >> 31 || bottom < 0, 0))
        return quotient_long(n, d);
    const int32_t toward_zero = word / bottom, rest = word - toward_zero * bottom;
    return toward_zero + (rest >> 31);
}

#endif
