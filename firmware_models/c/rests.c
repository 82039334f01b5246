/* Neurons that rest for some steps after a spike: V stays 0 while I goes on, and lV is 0 likewise on the way back. The record of own spikes
   says which neurons rest, so that nothing is counted for a neuron. */
#include "population.h"

/* Set V to 0 of neurons that rest in `step`, note I of those that do for the last time, and take those that rest out of the `count` in
   `fired`. Returns how many are left. */
uint32_t hold_resting(population *s, int32_t step, uint32_t count)
{
    const neuron_arrays *n = &s->neurons;
    const int32_t since = step > s->rest_steps ? step - s->rest_steps : 0, *first = s->own.first;
    uint32_t left = 0;
    for (int32_t at = first[since], last = first[step]; at < last; at++)
        n->potential[s->own.neuron[at]] = 0;
    for (int32_t at = first[since], last = step >= s->rest_steps ? first[since + 1] : at; at < last; at++)
        s->own_restart[at] = n->current[s->own.neuron[at]];
    for (uint32_t k = 0; k < count; k++)
        if (n->potential[n->fired[k]] > s->arithmetic.threshold)
            n->fired[left++] = n->fired[k];
    return left;
}

/* The spikes recorded from `first` on have not restarted yet. */
void clear_restarts(population *s, int32_t first)
{
    for (int32_t last = *s->own.length; first < last; first++)
        s->own_restart[first] = 0;
}

/* What was noted times lV, for neurons that restart in `step`; before the decay. */
void restart_adjoints(population *s, int32_t step)
{
    const int32_t ended = step - s->rest_steps;
    for (int32_t at = ended < 0 ? 0 : s->own.first[ended], last = ended < 0 ? 0 : s->own.first[ended + 1]; at < last; at++)
        s->own_restart[at] *= s->neurons.adjoint[s->own.neuron[at]];
}

/* Clear lV of them, after the decay. */
void clear_restarted(population *s, int32_t step)
{
    const int32_t ended = step - s->rest_steps;
    for (int32_t at = ended < 0 ? 0 : s->own.first[ended], last = ended < 0 ? 0 : s->own.first[ended + 1]; at < last; at++)
        s->neurons.adjoint[s->own.neuron[at]] = 0;
}

/* total[j] += rnd(I lV / D) + rnd(g / D) of each own spike of `step`, where I lV is that of the restart. Takes back
   the marks of take_errors, as work_out_jumps does. */
void work_out_restart_jumps(population *s, int32_t step)
{
    const arithmetic *a = &s->arithmetic;
    for (int32_t at = s->own.first[step], last = s->own.first[step + 1]; at < last; at++) {
        const int32_t j = s->own.neuron[at], slope = s->own_v_slope[at];
        int64_t error = s->received[j];
        s->expects_error[j] = 0;
        if (s->output && s->first_spike[j] == step)
            error += s->loss_error[j];
        const int64_t stored = narrow(error, a->error_low, a->error_high);
        s->saturated[SAT_ERROR] += stored != error;
        const int64_t own = stored * ((int64_t)1 << a->error_to_adjoint_shift) * ((int64_t)1 << a->state_fraction);
        s->neurons.total[j] += quotient(s->own_restart[at], slope) + quotient(own, slope);
    }
}
