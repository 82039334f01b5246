/* neurons.c and error_below with stochastic rounding: every product is rounded with random bits of its own. Three numbers for each neuron
   and one for each synapse take far longer than everything else, so that no loop here is written to be fast. */
#include "population.h"

static uint32_t alpha_of(const population *s, int32_t j)
{
    return s->arithmetic.each ? (uint32_t)s->neurons.alpha[j] : s->arithmetic.alpha;
}

static uint32_t beta_of(const population *s, int32_t j)
{
    return s->arithmetic.each ? (uint32_t)s->neurons.beta[j] : s->arithmetic.beta;
}

/* The stream of one quantity in this wake. */
uint64_t stream_of(const population *s, const tick *t, int32_t quantity)
{
    const noise_name name = {*s->seed, t->batch, s->copy, s->population, t->step};
    return noise_stream(&name, quantity);
}

/* As integrate, if `fit`, or as integrate_wide. */
uint32_t integrate_noisy(population *s, const tick *t, const int32_t *sum, int fit)
{
    const arithmetic *a = &s->arithmetic;
    const neuron_arrays *n = &s->neurons;
    const uint64_t own = stream_of(s, t, OF_CURRENT), decay = stream_of(s, t, OF_DECAY), drive = stream_of(s, t, OF_DRIVE);
    uint32_t count = 0, saturated = 0;
    for (int32_t j = 0; j < n->size; j++) {
        const int32_t word = n->first + j;
        const uint32_t beta = beta_of(s, j);
        int64_t wide = (!fit ? n->total[j] : sum ? sum[j] : 0) + scale_noisy(n->current[j], alpha_of(s, j), own, word);
        int32_t i = (int32_t)narrow(wide, a->state_low, a->state_high);
        saturated += i != wide;
        n->total[j] = 0;
        int32_t u = scale_noisy(n->potential[j], beta, decay, word);
        u = add_narrow(u, scale_noisy(i, 0 - beta, drive, word), a->state_low, a->state_high, &saturated);
        n->current[j] = i;
        n->potential[j] = u;
        if (u > a->threshold)
            n->fired[count++] = j;
    }
    s->saturated[SAT_STATE] += saturated;
    return count;
}

void decay_adjoints_noisy(population *s, const tick *t)
{
    const arithmetic *a = &s->arithmetic;
    const neuron_arrays *n = &s->neurons;
    const uint64_t own = stream_of(s, t, OF_ADJOINT_CURRENT), drive = stream_of(s, t, OF_ADJOINT_DRIVE);
    const uint64_t decay = stream_of(s, t, OF_ADJOINT);
    uint32_t saturated = 0;
    for (int32_t j = 0; j < n->size; j++) {
        const int32_t word = n->first + j, v = n->adjoint[j];
        const uint32_t alpha = alpha_of(s, j);
        int32_t i = scale_noisy(n->adjoint_current[j], alpha, own, word);
        i = add_narrow(i, scale_noisy(v, 0 - alpha, drive, word), a->adjoint_low, a->adjoint_high, &saturated);
        n->adjoint_current[j] = i;
        n->adjoint[j] = scale_noisy(v, beta_of(s, j), decay, word);
    }
    s->saturated[SAT_ADJOINT] += saturated;
}

int64_t error_below_noisy(const population *s, int32_t row, uint64_t stream)
{
    const int32_t shift = s->arithmetic.product_to_error_shift, *weights = s->weight + row * s->stride;
    int64_t total = 0, word = (int64_t)row * (NEURON_MASK + 1) + s->neurons.first;
    for (int32_t j = 0; j < s->neurons.size; j++) {
        int64_t product = weights[j] * ((int64_t)s->neurons.adjoint[j] - s->neurons.adjoint_current[j]);
        total += (product + noise(stream, shift, word + j)) >> shift;
    }
    return total;
}
