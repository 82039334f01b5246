/* One row of weights: a source neuron's synapses onto the neurons of this PE. */
#include "population.h"

/* sum[j] += row[j], four at a time: eight loads and four stores in three instructions. */
static void add_words(const int32_t *row, int32_t size, int32_t *sum)
{
    if (size >= 4)
        __asm__ volatile("subs %[size], %[size], #4\n"
                         "1:\n\t"
                         "ldmia %[row]!, {r3, r4, r5, r6}\n\t"
                         "ldmia %[sum], {r8, r9, r10, r12}\n\t"
                         "qadd r8, r8, r3\n\t"
                         "qadd r9, r9, r4\n\t"
                         "qadd r10, r10, r5\n\t"
                         "qadd r12, r12, r6\n\t"
                         "stmia %[sum]!, {r8, r9, r10, r12}\n\t"
                         "subs %[size], %[size], #4\n\t"
                         "bpl 1b\n\t"
                         "adds %[size], %[size], #4"
                         : [row] "+r"(row), [sum] "+r"(sum), [size] "+r"(size)
                         :
                         : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "cc", "memory");
    for (; size > 0; size--, sum++)
        *sum = add_sticky(*sum, *row++);
}

/* sum[j] += row[j] in the state format, in 32 bits. Returns 0 if a shifted weight fits into no word; whether a sum left 32 bits is for
   overflow_seen to tell. */
int32_t add_weights(const int32_t *restrict row, int32_t shift, int32_t size, int32_t *restrict sum)
{
    int32_t lost = 0;
    if (shift == 0) {
        add_words(row, size, sum);
        return 1;
    }
    for (int32_t j = 0; j < size; j++) {
        int32_t word = (int32_t)((uint32_t)row[j] << shift);
        lost |= (word >> shift) ^ row[j];
        sum[j] = add_sticky(sum[j], word);
    }
    return lost == 0;
}

/* The same in 64 bits, for any weights. */
void add_weights_wide(const int32_t *restrict row, int32_t shift, int32_t size, int64_t *restrict total)
{
    for (int32_t j = 0; j < size; j++)
        total[j] += (int64_t)((uint64_t)(int64_t)row[j] << shift);
}

/* Sum over neurons of rnd(w (lV - lI)), each product rounded to the error format by a shift of 15, where the last bit that is shifted out
   is the carry that rounds. */
static int64_t error_below_by_15(const int32_t *restrict row, int32_t size, const int32_t *restrict difference)
{
    uint32_t sum_low = 0;
    int32_t sum_high = 0;
    for (int32_t j = 0; j < size; j++) {
        uint32_t low;
        int32_t high;
        __asm__("smull %[low], %[high], %[w], %[d]\n\t"
                "lsrs %[low], %[low], #15\n\t"
                "orr %[low], %[low], %[high], lsl #17\n\t"
                "adcs %[sum_low], %[sum_low], %[low]\n\t"
                "asr %[high], %[high], #15\n\t"
                "adc %[sum_high], %[sum_high], %[high]"
                : [low] "=&r"(low), [high] "=&r"(high), [sum_low] "+r"(sum_low), [sum_high] "+r"(sum_high)
                : [w] "r"(row[j]), [d] "r"(difference[j])
                : "cc");
    }
    return (int64_t)((uint64_t)(uint32_t)sum_high << 32 | sum_low);
}

/* The same for any shift. Not narrowed. */
int64_t error_below(const int32_t *restrict row, int32_t shift, int32_t size, const int32_t *restrict difference)
{
    if (shift == 15)
        return error_below_by_15(row, size, difference);
    int64_t up = half(shift), total = 0;
    for (int32_t j = 0; j < size; j++)
        total += ((int64_t)row[j] * difference[j] + up) >> shift;
    return total;
}

/* The same where a difference of adjoints needs 33 bits. */
int64_t error_below_wide(const population *s, const int32_t *row)
{
    int32_t shift = s->arithmetic.product_to_error_shift;
    int64_t up = half(shift), total = 0;
    for (int32_t j = 0; j < s->neurons.size; j++)
        total += (row[j] * ((int64_t)s->neurons.adjoint[j] - s->neurons.adjoint_current[j]) + up) >> shift;
    return total;
}

/* row[j] -= lI[j], never narrowed */
void add_gradient(int64_t *restrict row, int32_t size, const int32_t *restrict adjoint_current)
{
    for (int32_t j = 0; j < size; j++)
        row[j] -= adjoint_current[j];
}
