/* Errors and gradients of some synapses of a row: those with one delay, or those that exist. */
#include "population.h"
#include "rows.h"

/* Sum over the chosen synapses of rnd(w (lV - lI)) from `differences`, not narrowed. Each product is added to gradient[j], if there is any. */
static int64_t error_of_chosen(const population *s, int32_t row, row_targets chosen, int64_t *gradient)
{
    const int32_t *weights = s->weight + row * s->stride, *difference = s->difference;
    const int64_t up = half(ROUNDED_BELOW);
    int64_t total = 0;
    for (const int32_t *at = chosen.list, *end = at + chosen.count; at < end; at++) {
        const int32_t j = *at;
        const int64_t product = ((int64_t)weights[j] * difference[j] + up) >> ROUNDED_BELOW;
        total += product;
        if (gradient)
            gradient[j] += product;
    }
    return total;
}

/* The same with stochastic rounding, or where `differences` cannot tell that sums fit. */
static int64_t error_of_chosen_slow(const population *s, int32_t row, row_targets chosen, int64_t *gradient, uint64_t stream)
{
    const int32_t *weights = s->weight + row * s->stride, shift = s->arithmetic.product_to_error_shift;
    const int64_t word = (int64_t)row * (NEURON_MASK + 1) + s->neurons.first;
    int64_t total = 0;
    for (int32_t n = 0; n < chosen.count; n++) {
        const int32_t j = chosen.list[n];
        const int64_t wide = weights[j] * ((int64_t)s->neurons.adjoint[j] - s->neurons.adjoint_current[j]);
        const int64_t product = (wide + (s->arithmetic.stochastic ? noise(stream, shift, word + j) : half(shift))) >> shift;
        total += product;
        if (gradient)
            gradient[j] += product;
    }
    return total;
}

/* The error of all synapses of a matrix's row. */
static int64_t error_of_all(const population *s, const error_pass *pass, int32_t row)
{
    const int32_t *weights = s->weight + row * s->stride;
    if (pass->fit)
        return error_below(weights, s->neurons.size, s->difference);
    return s->arithmetic.stochastic ? error_below_noisy(s, row, pass->stream) : error_below_wide(s, weights);
}

/* The error of the chosen synapses of a row, in the way that this wake needs. */
int64_t error_over(population *s, error_pass *pass, int32_t row, row_targets chosen, int64_t *gradient)
{
    if (!pass->ready) {
        pass->ready = 1;
        if (s->arithmetic.stochastic)
            pass->stream = stream_of(s, pass->tick, OF_ERROR);
        else
            pass->fit = differences(s);
    }
    if (!chosen.list)
        return error_of_all(s, pass, row);
    return pass->fit ? error_of_chosen(s, row, chosen, gradient) : error_of_chosen_slow(s, row, chosen, gradient, pass->stream);
}

/* row[j] -= lI[j] for the chosen synapses, never narrowed */
void add_gradient_of_chosen(int64_t *row, const int32_t *list, int32_t count, const int32_t *adjoint_current)
{
    for (const int32_t *end = list + count; list < end; list++)
        row[*list] -= adjoint_current[*list];
}
