/* One row of weights: a source neuron's synapses onto the neurons of this PE. */
#include "population.h"
#include "rows.h"

/* sum[j] += row[j] 2^shift, the weight in the state format. Returns 0 if a shifted weight fits into no word. */
int32_t add_shifted_weights(const int32_t *restrict row, int32_t shift, int32_t size, int32_t *restrict sum)
{
    int32_t lost = 0;
    for (int32_t j = 0; j < size; j++) {
        int32_t word = (int32_t)((uint32_t)row[j] << shift);
        lost |= (word >> shift) ^ row[j];
        sum[j] = add_sticky(sum[j], word);
    }
    return lost == 0;
}

/* The same for any shift. */
int32_t add_one_row(const int32_t *row, int32_t shift, int32_t size, int32_t *sum)
{
    if (shift)
        return add_shifted_weights(row, shift, size, sum);
    add_weights(row, sum, size, sum);
    return 1;
}

/* The same in 64 bits, for any weights. */
void add_weights_wide(const int32_t *restrict row, int32_t shift, int32_t size, int64_t *restrict total)
{
    for (int32_t j = 0; j < size; j++)
        total[j] += (int64_t)((uint64_t)(int64_t)row[j] << shift);
}

/* The sum over neurons of rnd(w (lV - lI)) for any shift and any adjoints, each product rounded to the error format. Not narrowed. */
int64_t error_below_wide(const population *s, const int32_t *row)
{
    int32_t shift = s->arithmetic.product_to_error_shift;
    int64_t up = half(shift), total = 0;
    for (int32_t j = 0; j < s->neurons.size; j++)
        total += (row[j] * ((int64_t)s->neurons.adjoint[j] - s->neurons.adjoint_current[j]) + up) >> shift;
    return total;
}

/* row[j] -= lI[j], never narrowed; four at a time */
static inline void subtract_row(int64_t *row, int32_t size, const int32_t *adjoint_current)
{
#define TWO_GRADIENTS(at)                                     \
    "ldr r4, [%[row]]\n\t"                                    \
    "ldr r5, [%[row], #4]\n\t"                                \
    "ldr r6, [%[row], #8]\n\t"                                \
    "ldr r8, [%[row], #12]\n\t"                               \
    "ldr r9, [%[lI], #" at "]\n\t"                            \
    "ldr r10, [%[lI], #" at " + 4]\n\t"                       \
    "subs r4, r4, r9\n\t"                                     \
    "sbc r5, r5, r9, asr #31\n\t"                             \
    "subs r6, r6, r10\n\t"                                    \
    "sbc r8, r8, r10, asr #31\n\t"                            \
    "str r4, [%[row]], #4\n\t"                                \
    "str r5, [%[row]], #4\n\t"                                \
    "str r6, [%[row]], #4\n\t"                                \
    "str r8, [%[row]], #4\n\t"
    if (size >= 4)
        __asm__ volatile("subs %[size], %[size], #4\n"
                         "1:\n\t" TWO_GRADIENTS("0") TWO_GRADIENTS("8")
                         "add %[lI], %[lI], #16\n\t"
                         "subs %[size], %[size], #4\n\t"
                         "bpl 1b\n\t"
                         "adds %[size], %[size], #4"
                         : [row] "+r"(row), [lI] "+r"(adjoint_current), [size] "+r"(size)
                         :
                         : "r4", "r5", "r6", "r8", "r9", "r10", "cc", "memory");
    for (const int64_t *end = row + size; row < end;)
        *row++ -= *adjoint_current++;
}

/* The same for rows of a few words: what is beyond their end keeps its value. */
static APART void add_gradient_rows_of_few(const population *s, const int32_t *at, const int32_t *end)
{
    const int32_t stride = s->stride;
    const few lI = few_words(s->neurons.adjoint_current, s->neurons.size);
    int64_t *gradient = s->gradient;
    for (; at < end; at++) {
        int64_t *row = gradient + *at * stride;
        row[0] -= lI.a;
        row[1] -= lI.b;
        row[2] -= lI.c;
    }
}

void add_gradient_rows(const population *s, const int32_t *at, const int32_t *end)
{
    const int32_t stride = s->stride, size = s->neurons.size, *adjoint_current = s->neurons.adjoint_current;
    int64_t *gradient = s->gradient;
    if (size <= FEW && stride >= FEW) {
        add_gradient_rows_of_few(s, at, end);
        return;
    }
    for (; at < end; at++)
        subtract_row(gradient + *at * stride, size, adjoint_current);
}

void add_gradient(int64_t *row, int32_t size, const int32_t *adjoint_current) { subtract_row(row, size, adjoint_current); }
