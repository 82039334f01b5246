/* The loops over a row of weights, a source neuron's synapses onto the neurons of this PE: four at a time in assembly, the rest in C. They are
   within the loops over rows, since rows can be short. */
#ifndef ROWS_H
#define ROWS_H
#include "fixed.h"

/* The shift that rounds products of differences of adjoints, and for how many neurons their sum is right. */
enum { ROUNDED_BELOW = 16, MOST_BELOW = 0x7FFF };

/* sum[j] = before[j] + row[j], four at a time: eight loads in a row take nine cycles. Whether a sum left 32 bits is for overflow_seen to
   tell. `before` and `sum` may be the same. */
static inline void add_weights(const int32_t *row, const int32_t *before, int32_t size, int32_t *sum)
{
    if (size >= 4)
        __asm__ volatile("subs %[size], %[size], #4\n"
                         "1:\n\t"
                         "ldr r4, [%[row]]\n\t"
                         "ldr r5, [%[row], #4]\n\t"
                         "ldr r6, [%[row], #8]\n\t"
                         "ldr r8, [%[row], #12]\n\t"
                         "ldr r10, [%[before], #4]\n\t"
                         "ldr r12, [%[before], #8]\n\t"
                         "ldr lr, [%[before], #12]\n\t"
                         "ldr r9, [%[before]], #16\n\t"
                         "qadd r4, r4, r9\n\t"
                         "qadd r5, r5, r10\n\t"
                         "qadd r6, r6, r12\n\t"
                         "qadd r8, r8, lr\n\t"
                         "str r4, [%[sum]], #4\n\t"
                         "str r5, [%[sum]], #4\n\t"
                         "str r6, [%[sum]], #4\n\t"
                         "str r8, [%[sum]], #4\n\t"
                         "add %[row], %[row], #16\n\t"
                         "subs %[size], %[size], #4\n\t"
                         "bpl 1b\n\t"
                         "adds %[size], %[size], #4"
                         : [row] "+r"(row), [before] "+r"(before), [sum] "+r"(sum), [size] "+r"(size)
                         :
                         : "r4", "r5", "r6", "r8", "r9", "r10", "r12", "lr", "cc", "memory");
    for (const int32_t *end = sum + size; sum < end;)
        *sum++ = add_sticky(*before++, *row++);
}

/* What error_below does one product after the other, from what it has summed so far. */
static inline int64_t error_of_rest(const int32_t *row, int32_t size, const int32_t *difference, int64_t sum, uint32_t rest)
{
    for (const int32_t *end = row + size; row < end;) {
        const int32_t w = *row++, d = *difference++;
        sum += (int64_t)w * d;
        rest += (uint16_t)((uint32_t)w * (uint32_t)d + (1u << (ROUNDED_BELOW - 1)));
    }
    return (sum - rest) >> ROUNDED_BELOW;
}

/* The sum over neurons of rnd(w d), each product rounded by a shift of 16, ties up. Not narrowed; `differences` knows that it fits.

   A rounded product is w d + 2^15 less its low 16 bits. Both are summed apart, so that no product is shifted: 3 instructions for each. */
static inline int64_t error_below(const int32_t *row, int32_t size, const int32_t *difference)
{
    const uint32_t up = 1u << (ROUNDED_BELOW - 1);
    uint32_t low = (uint32_t)size << (ROUNDED_BELOW - 1), rest = 0;
    int32_t high = 0;
#define TWO_PRODUCTS(at)                                  \
    "ldr r4, [%[row], #" at "]\n\t"                       \
    "ldr r5, [%[row], #" at " + 4]\n\t"                   \
    "ldr r6, [%[d], #" at "]\n\t"                         \
    "ldr r8, [%[d], #" at " + 4]\n\t"                     \
    "smlal %[low], %[high], r4, r6\n\t"                  \
    "mla r4, r4, r6, %[up]\n\t"                          \
    "smlal %[low], %[high], r5, r8\n\t"                  \
    "mla r5, r5, r8, %[up]\n\t"                          \
    "uxtah %[rest], %[rest], r4\n\t"                     \
    "uxtah %[rest], %[rest], r5\n\t"
    if (size >= 4)
        __asm__("subs %[size], %[size], #4\n"
                "1:\n\t" TWO_PRODUCTS("0") TWO_PRODUCTS("8")
                "add %[row], %[row], #16\n\t"
                "add %[d], %[d], #16\n\t"
                "subs %[size], %[size], #4\n\t"
                "bpl 1b\n\t"
                "adds %[size], %[size], #4"
                : [row] "+r"(row), [d] "+r"(difference), [size] "+r"(size), [low] "+r"(low), [high] "+r"(high), [rest] "+r"(rest)
                : [up] "r"(up)
                : "r4", "r5", "r6", "r8", "cc", "memory");
    return error_of_rest(row, size, difference, (int64_t)((uint64_t)(uint32_t)high << 32 | low), rest);
}

/* Rows of at most three words are taken as of three: all words of what they meet beyond their end are zero here, and the words that are read
   there are of the same row if rows are at least three words apart. */
enum { FEW = 3 };
typedef struct {
    int32_t a, b, c;
} few;

static inline few few_words(const int32_t *words, int32_t size)
{
    return (few){words[0], size > 1 ? words[1] : 0, size > 2 ? words[2] : 0};
}

#endif
