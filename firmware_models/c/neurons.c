/* The equations of a LIF population for one step (docs/reference/equations.md, Fixed point on the chip):

       I[i] = rnd(alpha I[i-1]) + sum of weights        U[i] = rnd(beta V[i-1]) + rnd((1 - beta) I[i])
       lI[i] = rnd(alpha lI[i+1]) + rnd((1 - alpha) lV[i+1])        lV[i] = rnd(beta lV[i+1])

   `usual` is the fast case that the compiler makes a loop of its own for: words of 32 bits, which need no bounds, and factors of at
   least 1/2, of one value for all neurons. */
#include "population.h"

#define INLINE static inline __attribute__((always_inline))

static int has_usual_factors(const arithmetic *a)
{
    return !a->each && (int32_t)a->alpha < 0 && (int32_t)a->beta < 0;
}

INLINE int32_t added(int usual, int32_t a, int32_t b, int32_t low, int32_t high, uint32_t *saturated)
{
    return usual ? add_full(a, b, saturated) : add_narrow(a, b, low, high, saturated);
}

INLINE uint32_t factor_of(const arithmetic *a, const int64_t *each, uint32_t one, int32_t j)
{
    return a->each ? (uint32_t)each[j] : one;
}

/* I and V from `sum`, which it clears. Lists the neurons above the threshold in `fired`; returns how many. */
INLINE uint32_t integrate_as(population *s, const int usual)
{
    const arithmetic *a = &s->arithmetic;
    const neuron_arrays *n = &s->neurons;
    int32_t *restrict current = n->current, *restrict potential = n->potential, *restrict sum = s->sum, *restrict fired = n->fired;
    const int32_t threshold = a->threshold, low = a->state_low, high = a->state_high;
    const uint32_t one_alpha = a->alpha, one_beta = a->beta;
    uint32_t count = 0, saturated = 0;
    for (int32_t j = 0, size = n->size; j < size; j++) {
        uint32_t alpha = usual ? one_alpha : factor_of(a, n->alpha, one_alpha, j);
        uint32_t beta = usual ? one_beta : factor_of(a, n->beta, one_beta, j);
        int32_t i = usual ? scale_large(current[j], alpha) : scale(current[j], alpha);
        i = added(usual, i, sum[j], low, high, &saturated);
        int32_t u = usual ? scale_large(potential[j], beta) : scale(potential[j], beta);
        u = added(usual, u, usual ? scale_small(i, 0 - beta) : scale(i, 0 - beta), low, high, &saturated);
        sum[j] = 0;
        current[j] = i;
        potential[j] = u;
        if (u > threshold)
            fired[count++] = j;
    }
    s->saturated[SAT_STATE] += saturated;
    return count;
}

uint32_t integrate(population *s)
{
    const arithmetic *a = &s->arithmetic;
    int full = a->state_low == INT32_MIN && a->state_high == INT32_MAX;
    return full && has_usual_factors(a) ? integrate_as(s, 1) : integrate_as(s, 0);
}

/* The same where sums needed 64 bits, which are in `total`. Rare: neither fast nor small is asked of it. */
uint32_t integrate_wide(population *s)
{
    const arithmetic *a = &s->arithmetic;
    const neuron_arrays *n = &s->neurons;
    uint32_t count = 0, saturated = 0;
    for (int32_t j = 0; j < n->size; j++) {
        uint32_t beta = factor_of(a, n->beta, a->beta, j);
        int64_t wide = n->total[j] + scale(n->current[j], factor_of(a, n->alpha, a->alpha, j));
        int32_t i = (int32_t)narrow(wide, a->state_low, a->state_high);
        saturated += i != wide;
        n->total[j] = 0;
        n->current[j] = i;
        n->potential[j] = add_narrow(scale(n->potential[j], beta), scale(i, 0 - beta), a->state_low, a->state_high, &saturated);
        if (n->potential[j] > a->threshold)
            n->fired[count++] = j;
    }
    s->saturated[SAT_STATE] += saturated;
    return count;
}

INLINE void decay_as(population *s, const int usual)
{
    const arithmetic *a = &s->arithmetic;
    const neuron_arrays *n = &s->neurons;
    int32_t *restrict adjoint = n->adjoint, *restrict current = n->adjoint_current;
    const int32_t low = a->adjoint_low, high = a->adjoint_high;
    const uint32_t one_alpha = a->alpha, one_beta = a->beta;
    uint32_t saturated = 0;
    for (int32_t j = 0, size = n->size; j < size; j++) {
        uint32_t alpha = usual ? one_alpha : factor_of(a, n->alpha, one_alpha, j);
        uint32_t beta = usual ? one_beta : factor_of(a, n->beta, one_beta, j);
        int32_t v = adjoint[j], i = usual ? scale_large(current[j], alpha) : scale(current[j], alpha);
        current[j] = added(usual, i, usual ? scale_small(v, 0 - alpha) : scale(v, 0 - alpha), low, high, &saturated);
        adjoint[j] = usual ? scale_large(v, beta) : scale(v, beta);
    }
    s->saturated[SAT_ADJOINT] += saturated;
}

static int has_full_adjoints(const arithmetic *a) { return a->adjoint_low == INT32_MIN && a->adjoint_high == INT32_MAX; }

void decay_adjoints(population *s)
{
    const arithmetic *a = &s->arithmetic;
    if (has_full_adjoints(a) && has_usual_factors(a))
        decay_as(s, 1);
    else
        decay_as(s, 0);
}

/* Narrow lV, which has decayed and jumped. What was in its format still is: only a word that a fault has changed is not. */
void store_adjoints(population *s)
{
    const arithmetic *a = &s->arithmetic;
    uint32_t saturated = 0;
    if (has_full_adjoints(a))
        return;
    for (int32_t j = 0, size = s->neurons.size; j < size; j++) {
        int32_t wide = s->neurons.adjoint[j], stored = (int32_t)narrow(wide, a->adjoint_low, a->adjoint_high);
        saturated += stored != wide;
        s->neurons.adjoint[j] = stored;
    }
    s->saturated[SAT_ADJOINT] += saturated;
}

/* difference[j] = lV - lI, once for all sources; returns whether all fit into 32 bits. */
int differences(const population *s)
{
    const int32_t *restrict adjoint = s->neurons.adjoint, *restrict current = s->neurons.adjoint_current;
    int32_t *restrict difference = s->difference;
    int fit = 1;
    for (int32_t j = 0, size = s->neurons.size; j < size; j++) {
        int32_t d;
        if (__builtin_expect(__builtin_sub_overflow(adjoint[j], current[j], &d), 0))
            fit = 0;
        difference[j] = d;
    }
    return fit;
}
