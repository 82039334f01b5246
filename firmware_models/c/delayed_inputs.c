/* The delayed synapses of a population's PE: sorts them before a batch, delays spikes, and works out errors and gradients by delay.

       forward, spike of step i-1:   ring[(i + d) mod slots, k] += w                          (acts in step i + d)
       backward, spike of step s:    synapses with d = i - s:  e += rnd(w (lV[i+1] - lI[i+1])),  dd += that product,  dW -= lI[i]  */
#include "population.h"

void clear_delays(population *s)
{
    const delay_lines *lines = &s->delays;
    const uint32_t words = 2 * (uint32_t)s->stride;
    clear_words(lines->ring, words * (uint32_t)lines->slots);
    *lines->last_step = 0;
    clear_words(s->delay_gradient, words * (uint32_t)lines->gradient_rows);
    clear_words(s->axon_gradient, 2 * (uint32_t)lines->axons);
}

/* Sort the synapses of each delayed row, whose delays arrived in the load tick. */
void sort_delays(population *s)
{
    const delay_lines *lines = &s->delays;
    for (int32_t q = 0; q < s->projections; q++) {
        const synapse_kind *kind = s->kinds + q;
        for (int32_t n = 0; n < s->incoming.all[q].size && kind->delay_max > 0; n++) {
            const int32_t line = kind->first_delayed + n, slots = lines->slots;
            int32_t *delay = s->delay + line * s->stride, *order = lines->order + line * s->stride;
            int32_t *start = lines->start + line * (slots + 1);
            if (kind->axonal)
                sort_axon(s->axon_delay[line], delay, s->neurons.size, targets_of(s, kind, n), slots, order, start);
            else
                sort_by_delay(delay, targets_of(s, kind, n), slots, order, start);
        }
    }
}

/* Add the synapses of a spike of `neuron`, taken in `step`, to the ring. */
void take_delayed_spike(population *s, const projection *p, const synapse_kind *kind, int32_t neuron, int32_t step)
{
    const int32_t *weights = s->weight + (p->first_row + neuron) * s->stride, *delay = s->delay + (kind->first_delayed + neuron) * s->stride;
    const row_targets to = targets_of(s, kind, neuron);
    if (kind->axonal)
        add_axon(s, weights, to, step % s->delays.slots + delay[0]);
    else
        add_delayed(s, weights, delay, to, step % s->delays.slots);
}

/* The first step of which something is due in `step`: those after the last wake belong to ticks that were lost. */
static int32_t first_due(const population *s, int32_t step)
{
    const int32_t next = *s->delays.last_step + 1, oldest = step - s->delays.slots + 1;
    return next > oldest ? next : oldest;
}

static int64_t *due_in(const population *s, int32_t step) { return s->delays.ring + step % s->delays.slots * s->stride; }

/* Add what is due to `sum`. Returns whether all of it fits into 32 bits. */
int take_due(population *s, int32_t step)
{
    int fit = 1;
    for (int32_t due = first_due(s, step); due <= step; due++)
        fit &= add_due(due_in(s, due), s->neurons.size, s->sum);
    return fit;
}

/* Add it to `total`, in 64 bits. */
void take_due_wide(population *s, int32_t step)
{
    for (int32_t due = first_due(s, step); due <= step; due++)
        add_due_wide(due_in(s, due), s->neurons.size, s->neurons.total);
}

/* Clear in the ring what was taken. */
void end_due(population *s, int32_t step)
{
    for (int32_t due = first_due(s, step); due <= step; due++)
        clear_words(due_in(s, due), 2 * (uint32_t)s->neurons.size);
    *s->delays.last_step = step;
}

/* What is read of each recorded spike that may act in a backward step. */
typedef struct {
    const int32_t *of_row, *start, *order;
    const synapse_kind *kinds;
    int32_t width, stride;
} look;

static inline look look_at(const population *s)
{
    return (look){s->incoming.of_row, s->delays.start, s->delays.order, s->kinds, s->delays.slots + 1, s->stride};
}

/* The synapses of a row with this delay: returns how many, and sets `list`; none of a row without delays. */
static inline int32_t with_delay(const look *l, int32_t row, int32_t delay, const int32_t **list)
{
    const synapse_kind *kind = l->kinds + l->of_row[row];
    if (delay > kind->reach)
        return 0;
    const int32_t line = row + kind->line_of_row, *start = l->start + line * l->width + delay, begin = start[0];
    *list = l->order + line * l->stride + begin;
    return start[1] - begin;
}

/* The first step whose spikes may act on the adjoints of `step`. */
static int32_t earliest(const population *s, int32_t step)
{
    const int32_t first = step - s->delays.slots + 1;
    return first > 0 ? first : 0;
}

/* Add the synapses with this delay to the error of recorded spike `at`, and to the gradients of delays. */
static void add_delayed_error(population *s, error_pass *pass, int32_t at, row_targets chosen)
{
    const int32_t row = s->inputs.neuron[at], q = s->incoming.of_row[row];
    const synapse_kind *kind = s->kinds + q;
    if (!(s->incoming.all[q].takes_errors || kind->learns_delays))
        return;
    const int32_t line = row + kind->line_of_row;
    int64_t *gradient = kind->learns_delays && !kind->axonal ? s->delay_gradient + line * s->stride : 0;
    const int64_t error = error_over(s, pass, row, chosen, gradient);
    s->delays.error_sum[at] += error;
    if (kind->axonal)
        s->axon_gradient[line] += error;
}

/* Errors and gradients of delays over the synapses by which recorded spikes act on the adjoints of the step after this one. */
void add_delayed_errors(population *s, error_pass *pass)
{
    const look l = look_at(s);
    const int32_t step = pass->tick->step, *first = s->inputs.first, *neuron = s->inputs.neuron;
    for (int32_t fired = earliest(s, step); fired <= step; fired++)
        for (int32_t at = first[fired], last = first[fired + 1]; at < last; at++) {
            const int32_t *list;
            const int32_t count = with_delay(&l, neuron[at], step - fired, &list);
            if (count)
                add_delayed_error(s, pass, at, (row_targets){list, count});
        }
}

/* dW -= lI[step] for each synapse over which a recorded spike acts in step + 1. */
void add_delayed_gradients(population *s, int32_t step)
{
    const look l = look_at(s);
    const int32_t *first = s->inputs.first, *neuron = s->inputs.neuron, *adjoint_current = s->neurons.adjoint_current;
    for (int32_t fired = earliest(s, step); fired <= step; fired++)
        for (int32_t at = first[fired], last = first[fired + 1]; at < last; at++) {
            const int32_t *list;
            const int32_t row = neuron[at], count = with_delay(&l, row, step - fired, &list);
            if (count)
                add_gradient_of_chosen(s->gradient + row * l.stride, list, count, adjoint_current);
        }
}
