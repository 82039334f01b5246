/* The own spikes of a PE: fires, records and sends them, takes errors for them, and adds their jumps to the adjoints. */
#include "population.h"

/* D = max(1, I - U), narrowed to the highest word of the state format, and counted if that changes it. */
static inline int32_t slope_of(int32_t current, int32_t potential, int32_t high, uint32_t *saturated)
{
    int32_t slope, left = __builtin_sub_overflow(current, potential, &slope);
    if (current <= potential)
        return 1;
    if (__builtin_expect(left || slope > high, 0)) {
        ++*saturated;
        return high;
    }
    return slope;
}

/* Record and send the `count` neurons in `fired`, each with D, and reset them. */
void fire(population *s, int32_t step, uint32_t count)
{
    const arithmetic *a = &s->arithmetic;
    const neuron_arrays *n = &s->neurons;
    const int32_t *fired = n->fired, *current = n->current;
    const int32_t counted = step < a->steps - 1, steps = a->steps, high = a->state_high, capacity = s->own.capacity;
    const uint32_t key = make_key(SPIKE, s->copy, s->population, n->first);
    int32_t *potential = n->potential, *first_spike = s->first_spike, *spike_count = s->spike_count;
    int32_t *recorded = s->own.neuron, *slopes = s->own_v_slope, at = *s->own.length;
    uint32_t saturated = 0;
    for (const int32_t *end = fired + count; fired < end; fired++) {
        const int32_t j = *fired, slope = slope_of(current[j], potential[j], high, &saturated);
        board_send(key + (uint32_t)j);
        potential[j] = 0;
        if (at < capacity) {
            recorded[at] = j;
            slopes[at++] = slope;
        } else
            ++*s->unrecorded;
        if (first_spike[j] == steps)
            first_spike[j] = step;
        spike_count[j] += counted;
    }
    end_step(&s->own, step, at);
    *s->spikes += count;
    s->saturated[SAT_STATE] += saturated;
}

/* Guard "push": change the gradient of a silent label neuron's weights from each source that fired. */
static void push_silent(population *s, int32_t j)
{
    const int32_t *source = s->inputs.neuron;
    for (int32_t n = 0; n < s->sources; n++)
        s->seen[n] = 0;
    for (const int32_t *end = source + *s->inputs.length; source < end; source++)
        if (!s->seen[*source]) {
            s->seen[*source] = 1;
            if (s->lists.rows == 0 || has_synapse(s, *source, j))
                s->gradient[*source * s->stride + j] -= s->push[j];
        }
}

/* One error for own neuron j. Returns 0 if nobody can have meant it. */
static int take_error(population *s, int32_t j, int32_t error, int from_loss)
{
    const arithmetic *a = &s->arithmetic;
    if (error < a->error_low || error > a->error_high)
        return 0;
    if (from_loss) {
        if (s->first_spike[j] >= a->steps)
            return 0;
        s->loss_error[j] = error;
        return 1;
    }
    if (!s->expects_error[j])
        return 0;
    s->received[j] += error;
    return 1;
}

/* One packet of the backward phase for own neuron j. Returns 0 if nobody can have meant it. */
static RARE int take_packet(population *s, const packet *p, int from_loss)
{
    const int32_t kind = key_kind(p->key), j = key_neuron(p->key) - s->neurons.first;
    if (key_layer(p->key) != s->population || (uint32_t)j >= (uint32_t)s->neurons.size)
        return 0;
    if (kind == ERROR)
        return take_error(s, j, p->payload, from_loss);
    if (kind == GUARD)
        push_silent(s, j);
    return kind == GUARD;
}

/* What take_usual_errors works on: errors of a key from `first` on for `size` neurons. */
typedef struct {
    int64_t *received;
    const uint8_t *expects_error;
    uint32_t first, size;
    int32_t low, high;
} errors;

/* Add up errors, up to the first packet that is something else. Returns how many these were. */
static APART int32_t take_usual_errors(const packet *p, int32_t count, const errors *e)
{
    const uint8_t *expects_error = e->expects_error;
    const uint32_t first = e->first, size = e->size;
    const int32_t low = e->low, high = e->high;
    int64_t *received = e->received;
    const packet *begin = p;
    for (const packet *end = p + count; p < end; p++) {
        const uint32_t j = p->key - first;
        const int32_t error = p->payload;
        if (j >= size || error < low || error > high || !expects_error[j])
            break;
        received[j] += error;
    }
    return (int32_t)(p - begin);
}

/* Add up the errors for spikes of `step`; keep those of the loss, which come with the first backward step. Marks who may get errors.
   Most packets are errors of the population above with a key of the usual form, which a comparison of the whole key tells. */
void take_errors(population *s, const fifo *in, int32_t step)
{
    const int32_t *at = s->own.neuron + s->own.first[step], *end = s->own.neuron + s->own.first[step + 1];
    const int from_loss = s->output && (!s->hears_errors || step == s->arithmetic.steps - 1);
    int64_t *received = s->received;
    uint8_t *expects_error = s->expects_error;
    for (; at < end; at++) {
        received[*at] = 0;
        expects_error[*at] = 1;
    }
    if (in->count == 0)
        return;
    const errors e = {received, expects_error, make_key(ERROR, s->copy, s->population, s->neurons.first),
                      from_loss ? 0 : (uint32_t)s->neurons.size, s->arithmetic.error_low, s->arithmetic.error_high};
    for (int32_t n = 0; n < in->count; n++) {
        n += take_usual_errors(in->packets + n, in->count - n, &e);
        if (n < in->count && !take_packet(s, in->packets + n, from_loss))
            board_stray(in, n);
    }
}

/* (lV + g) 2^fraction in 64 bits, for any shifts. */
static RARE int64_t numerator_by_shifts(const arithmetic *a, int32_t adjoint, int32_t error)
{
    return (adjoint + error * ((int64_t)1 << a->error_to_adjoint_shift)) * ((int64_t)1 << a->state_fraction);
}

/* An error beyond its format, narrowed and counted. */
static RARE int32_t narrowed_error(population *s, int64_t error)
{
    s->saturated[SAT_ERROR]++;
    return error < 0 ? s->arithmetic.error_low : s->arithmetic.error_high;
}

/* total[j] += (lV + g) / D of each own spike of `step`: lV must decay before the jump is added. Factors that are words make the numerator in
   two multiplications. Takes back the marks of take_errors. */
void work_out_jumps(population *s, int32_t step)
{
    const arithmetic *a = &s->arithmetic;
    const int32_t *at = s->own.neuron + s->own.first[step], *end = s->own.neuron + s->own.first[step + 1];
    const int32_t *slope = s->own_v_slope + s->own.first[step], *adjoint = s->neurons.adjoint;
    const int32_t words = a->state_fraction + a->error_to_adjoint_shift < 31;
    const int32_t by_adjoint = words ? 1 << a->state_fraction : 0, by_error = words ? by_adjoint << a->error_to_adjoint_shift : 0;
    int64_t *total = s->neurons.total, *received = s->received;
    uint8_t *expects_error = s->expects_error;
    for (; at < end; at++) {
        const int32_t j = *at;
        int64_t sum = received[j];
        expects_error[j] = 0;
        if (s->output && s->first_spike[j] == step)
            sum += s->loss_error[j];
        int32_t error = (int32_t)sum;
        if (__builtin_expect((int32_t)(sum >> 32) != error >> 31 || error < a->error_low || error > a->error_high, 0))
            error = narrowed_error(s, sum);
        const int64_t numerator = by_adjoint ? (int64_t)adjoint[j] * by_adjoint + (int64_t)error * by_error : numerator_by_shifts(a, adjoint[j], error);
        total[j] += quotient(numerator, *slope++);
    }
}

/* lV += jump, after the decay. Clears `total`. */
void add_jumps(population *s, int32_t step)
{
    const arithmetic *a = &s->arithmetic;
    const int32_t *at = s->own.neuron + s->own.first[step], *end = s->own.neuron + s->own.first[step + 1];
    const int32_t low = a->adjoint_low, high = a->adjoint_high;
    int32_t *adjoint = s->neurons.adjoint;
    int64_t *total = s->neurons.total;
    for (; at < end; at++) {
        const int32_t j = *at;
        const int64_t wide = adjoint[j] + total[j];
        int32_t stored = (int32_t)wide;
        if (__builtin_expect(stored != wide || stored < low || stored > high, 0)) {
            stored = wide < 0 ? low : high;
            s->saturated[SAT_ADJOINT]++;
        }
        total[j] = 0;
        adjoint[j] = stored;
    }
}
