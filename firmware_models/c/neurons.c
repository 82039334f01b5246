/* The equations of a LIF population for one step (docs/reference/equations.md, Fixed point on the chip):

       I[i] = rnd(alpha I[i-1]) + sum of weights        U[i] = rnd(beta V[i-1]) + rnd((1 - beta) I[i])
       lI[i] = rnd(alpha lI[i+1]) + rnd((1 - alpha) lV[i+1])        lV[i] = rnd(beta lV[i+1])

   The usual case has loops of its own, four_neurons.c: words of 32 bits, which need no bounds, and factors above 1/2, of one value for
   all neurons. What they leave, and everything else, is done here one neuron after the other. */
#include "four_neurons.h"
#include "population.h"
#include "rows.h"

#define INLINE static inline __attribute__((always_inline))

enum { FOUR_SHIFT = 2 };

/* 1/2 itself is left to the other loops: two halves can round to a word too large. */
static int is_usual(uint32_t factor) { return factor > (uint32_t)INT32_MIN; }

static int has_usual_factors(const arithmetic *a) { return !a->each && is_usual(a->alpha) && is_usual(a->beta); }

INLINE uint32_t factor_of(const arithmetic *a, const int64_t *each, uint32_t one, int32_t j)
{
    return a->each ? (uint32_t)each[j] : one;
}

/* I and V in any format, with any factors. Lists the neurons above the threshold in `fired`, and returns its end. */
static RARE int32_t *integrate_any(population *s, const int32_t *sum)
{
    const arithmetic *a = &s->arithmetic;
    const neuron_arrays *n = &s->neurons;
    int32_t *restrict current = n->current, *restrict potential = n->potential, *restrict fired = n->fired;
    const int32_t threshold = a->threshold, low = a->state_low, high = a->state_high;
    const uint32_t one_alpha = a->alpha, one_beta = a->beta;
    uint32_t saturated = 0;
    for (int32_t j = 0, size = n->size; j < size; j++) {
        uint32_t beta = factor_of(a, n->beta, one_beta, j);
        int32_t i = scale(current[j], factor_of(a, n->alpha, one_alpha, j));
        i = add_narrow(i, sum ? sum[j] : 0, low, high, &saturated);
        int32_t u = add_narrow(scale(potential[j], beta), scale(i, 0 - beta), low, high, &saturated);
        current[j] = i;
        potential[j] = u;
        if (u > threshold)
            *fired++ = j;
    }
    s->saturated[SAT_STATE] += saturated;
    return fired;
}

/* The usual case one neuron after the other: what four_neurons.c leaves, and small populations. */
static APART int32_t *integrate_rest(population *s, const int32_t *sum, int32_t done, int32_t *restrict fired)
{
    static const int32_t none = 0;
    const int32_t threshold = s->arithmetic.threshold, size = s->neurons.size, stride = sum ? 1 : 0;
    const uint32_t alpha = s->arithmetic.alpha, beta = s->arithmetic.beta;
    int32_t *restrict current = s->neurons.current, *restrict potential = s->neurons.potential;
    uint32_t saturated = 0;
    sum = sum ? sum + done : &none;
    for (int32_t j = done; j < size; j++, sum += stride) {
        const int32_t i = add_full(scale_large(current[j], alpha), *sum, &saturated);
        const int32_t u = scale_large(potential[j], beta) + scale_small(i, 0 - beta); /* fits: four_neurons.h */
        current[j] = i;
        potential[j] = u;
        if (u > threshold)
            *fired++ = j;
    }
    if (saturated)
        s->saturated[SAT_STATE] += saturated;
    return fired;
}

static int32_t *integrate_usual(population *s, const int32_t *sum)
{
    const arithmetic *a = &s->arithmetic;
    const neuron_arrays *n = &s->neurons;
    int32_t done = n->size & -(1 << FOUR_SHIFT);
    four_neurons fours = {n->current, n->potential, a->alpha, a->beta, n->size >> FOUR_SHIFT, sum, a->threshold, n->fired};
    if (sum)
        done = integrate_fours_with(&fours);
    else
        integrate_fours(&fours);
    return done == n->size ? fours.fired : integrate_rest(s, sum, done, fours.fired);
}

static int has_full_states(const arithmetic *a) { return a->state_low == INT32_MIN && a->state_high == INT32_MAX; }

/* I and V with the sums of weights, none if no spike came: Q must be clear. Lists the neurons above the threshold in `fired`; returns how many. */
uint32_t integrate(population *s, const int32_t *sum)
{
    int32_t *fired = s->neurons.fired, *end;
    if (!has_full_states(&s->arithmetic) || !has_usual_factors(&s->arithmetic))
        end = integrate_any(s, sum);
    else if (s->neurons.size < 1 << FOUR_SHIFT)
        end = integrate_rest(s, sum, 0, fired);
    else
        end = integrate_usual(s, sum);
    return (uint32_t)(end - fired);
}

/* The same where sums needed 64 bits, which are in `total`. Rare: neither fast nor small is asked of it. */
RARE uint32_t integrate_wide(population *s)
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

/* lI and lV in any format, with any factors. */
static RARE void decay_any(population *s)
{
    const arithmetic *a = &s->arithmetic;
    const neuron_arrays *n = &s->neurons;
    int32_t *restrict adjoint = n->adjoint, *restrict current = n->adjoint_current;
    const int32_t low = a->adjoint_low, high = a->adjoint_high;
    uint32_t saturated = 0;
    for (int32_t j = 0, size = n->size; j < size; j++) {
        uint32_t alpha = factor_of(a, n->alpha, a->alpha, j);
        int32_t v = adjoint[j], i = scale(current[j], alpha);
        current[j] = add_narrow(i, scale(v, 0 - alpha), low, high, &saturated);
        adjoint[j] = scale(v, factor_of(a, n->beta, a->beta, j));
    }
    s->saturated[SAT_ADJOINT] += saturated;
}

/* The usual case one neuron after the other: what four_neurons.c leaves. */
static APART void decay_rest(population *s, int32_t done)
{
    const uint32_t alpha = s->arithmetic.alpha, beta = s->arithmetic.beta;
    int32_t *restrict adjoint = s->neurons.adjoint, *restrict current = s->neurons.adjoint_current;
    for (int32_t j = done, size = s->neurons.size; j < size; j++) {
        const int32_t v = adjoint[j];
        current[j] = scale_large(current[j], alpha) + scale_small(v, 0 - alpha); /* fits: four_neurons.h */
        adjoint[j] = scale_large(v, beta);
    }
}

static int has_full_adjoints(const arithmetic *a) { return a->adjoint_low == INT32_MIN && a->adjoint_high == INT32_MAX; }

void decay_adjoints(population *s)
{
    const arithmetic *a = &s->arithmetic;
    const neuron_arrays *n = &s->neurons;
    const int32_t groups = n->size >> FOUR_SHIFT, done = groups << FOUR_SHIFT;
    if (!has_full_adjoints(a) || !has_usual_factors(a)) {
        decay_any(s);
        return;
    }
    if (groups)
        decay_fours(n->adjoint_current, n->adjoint, a->alpha, a->beta, groups);
    if (n->size != done)
        decay_rest(s, done);
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

/* difference[j] = (lV - lI) 2^up, once for all sources, so that products are rounded by a shift of ROUNDED_BELOW. Returns whether no sum of
   products with weights of 32 bits can leave 63 bits: if n times the largest difference is at most 2^31. */
int differences(const population *s)
{
    const int32_t *restrict adjoint = s->neurons.adjoint, *restrict current = s->neurons.adjoint_current;
    int32_t *restrict difference = s->difference;
    const int32_t up = ROUNDED_BELOW - s->arithmetic.product_to_error_shift, size = s->neurons.size;
    uint32_t magnitude = 0, left = 0; /* one less than |d| if d is negative */
    if (up < 0 || up > ROUNDED_BELOW || size > MOST_BELOW)
        return 0;
    for (int32_t j = 0; j < size; j++) {
        int32_t d;
        left |= __builtin_sub_overflow(adjoint[j], current[j], &d);
        magnitude |= (uint32_t)(d ^ d >> 31);
        difference[j] = (int32_t)((uint32_t)d << up);
    }
    return !left && (uint64_t)(magnitude + 1) * ((uint32_t)size << up) <= (uint64_t)1 << 31;
}
