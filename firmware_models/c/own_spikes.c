/* The own spikes of a PE: fires, records and sends them, takes errors for them, and adds their jumps to the adjoints. */
#include "population.h"

/* Record and send the `count` neurons in `fired`, each with D = max(1, I - U), and reset them. */
void fire(population *s, int32_t step, uint32_t count)
{
    const arithmetic *a = &s->arithmetic;
    const neuron_arrays *n = &s->neurons;
    const int32_t *fired = n->fired, counted = step < a->steps - 1, steps = a->steps, low = a->state_low, high = a->state_high;
    const uint32_t key = make_key(SPIKE, s->copy, s->population, n->first);
    int32_t *first_spike = s->first_spike, *spike_count = s->spike_count;
    int32_t at = *s->own.length;
    uint32_t saturated = 0;
    for (const int32_t *end = fired + count; fired < end; fired++) {
        int32_t j = *fired;
        int64_t wide = (int64_t)n->current[j] - n->potential[j];
        wide = wide < 1 ? 1 : wide;
        int32_t slope = (int32_t)narrow(wide, low, high);
        saturated += slope != wide;
        if (at < s->own.capacity) {
            s->own.neuron[at] = j;
            s->own_v_slope[at++] = slope;
        } else
            ++*s->unrecorded;
        if (first_spike[j] == steps)
            first_spike[j] = step;
        spike_count[j] += counted;
        n->potential[j] = 0;
        board_send(key + (uint32_t)j);
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

/* Add up the errors for spikes of `step`; keep those of the loss, which come with the first backward step. */
void take_errors(population *s, const fifo *in, int32_t step)
{
    const int32_t first = s->own.first[step], last = s->own.first[step + 1];
    const int from_loss = s->output && (!s->hears_errors || step == s->arithmetic.steps - 1);
    for (int32_t at = first; at < last; at++) {
        s->received[s->own.neuron[at]] = 0;
        s->expects_error[s->own.neuron[at]] = 1;
    }
    for (int32_t n = 0; n < in->count; n++) {
        uint32_t key = in->packets[n].key;
        int32_t kind = key_kind(key), j = key_neuron(key) - s->neurons.first, taken = 0;
        if (key_layer(key) == s->population && j >= 0 && j < s->neurons.size) {
            if (kind == ERROR)
                taken = take_error(s, j, in->packets[n].payload, from_loss);
            else if (kind == GUARD) {
                push_silent(s, j);
                taken = 1;
            }
        }
        if (!taken)
            board_stray(in, n);
    }
    for (int32_t at = first; at < last; at++)
        s->expects_error[s->own.neuron[at]] = 0;
}

/* total[j] += (lV + g) / D of each own spike of `step`: lV must decay before the jump is added. */
void work_out_jumps(population *s, int32_t step)
{
    const arithmetic *a = &s->arithmetic;
    for (int32_t at = s->own.first[step], last = s->own.first[step + 1]; at < last; at++) {
        int32_t j = s->own.neuron[at];
        int64_t error = s->received[j];
        if (s->output && s->first_spike[j] == step)
            error += s->loss_error[j];
        int64_t stored = narrow(error, a->error_low, a->error_high);
        s->saturated[SAT_ERROR] += stored != error;
        int64_t numerator = (s->neurons.adjoint[j] + stored * ((int64_t)1 << a->error_to_adjoint_shift)) * ((int64_t)1 << a->state_fraction);
        s->neurons.total[j] += quotient(numerator, s->own_v_slope[at]);
    }
}

/* lV += jump, after the decay. Clears `total`. */
void add_jumps(population *s, int32_t step)
{
    const arithmetic *a = &s->arithmetic;
    for (int32_t at = s->own.first[step], last = s->own.first[step + 1]; at < last; at++) {
        int32_t j = s->own.neuron[at];
        int64_t wide = s->neurons.adjoint[j] + s->neurons.total[j], stored = narrow(wide, a->adjoint_low, a->adjoint_high);
        s->neurons.total[j] = 0;
        s->saturated[SAT_ADJOINT] += stored != wide;
        s->neurons.adjoint[j] = (int32_t)stored;
    }
}
