/* inputs.c for projections of all kinds: with and without delays, held as matrices or as rows of targets. */
#include "population.h"

static int is_source(const projection *p, uint32_t key)
{
    return key_kind(key) == SPIKE && p->population == key_layer(key) && key_neuron(key) < p->size;
}

/* Record a spike of a row, of the step that has begun. */
static void record_input(population *s, int32_t row)
{
    const int32_t at = *s->inputs.length;
    if (at >= s->inputs.capacity) {
        ++*s->unrecorded;
        return;
    }
    s->inputs.neuron[at] = row;
    *s->inputs.length = at + 1;
    if (s->delays.slots)
        s->delays.error_sum[at] = 0;
}

/* Add the weights of one spike to `sum`, or to the ring. Returns whether they fit into 32 bits. */
static int take_spike(population *s, int32_t q, int32_t neuron, int32_t step)
{
    const projection *p = s->incoming.all + q;
    const synapse_kind *kind = s->kinds + q;
    const int32_t *weights = s->weight + (p->first_row + neuron) * s->stride, shift = s->arithmetic.weight_to_state_shift;
    if (kind->delay_max > 0) {
        take_delayed_spike(s, p, kind, neuron, step);
        return 1;
    }
    if (kind->listed)
        return add_listed(weights, targets_of(s, kind, neuron), shift, s->sum);
    return add_one_row(weights, shift, s->neurons.size, s->sum);
}

/* Take the spikes in the FIFO in `step`, and record them as those of the step before. Returns whether the sums fit into 32 bits. */
static int take_spikes(population *s, const fifo *in, int32_t step)
{
    int fit = 1, begun = 0;
    for (int32_t n = 0; n < in->count; n++) {
        const uint32_t key = in->packets[n].key;
        int known = 0;
        for (int32_t q = 0; q < s->projections; q++) {
            if (!is_source(s->incoming.all + q, key))
                continue;
            if (!begun)
                begin_step(&s->inputs, step - 1);
            known = begun = 1;
            fit &= take_spike(s, q, key_neuron(key), step);
            record_input(s, s->incoming.all[q].first_row + key_neuron(key));
        }
        if (!known)
            board_stray(in, n);
    }
    if (begun)
        end_step(&s->inputs, step - 1, *s->inputs.length);
    return fit;
}

/* Add the weights of all spikes in the FIFO that act now again, in 64 bits. */
static void add_all_wide(population *s, const fifo *in)
{
    const int32_t shift = s->arithmetic.weight_to_state_shift;
    for (int32_t n = 0; n < in->count; n++)
        for (int32_t q = 0; q < s->projections; q++) {
            const projection *p = s->incoming.all + q;
            const synapse_kind *kind = s->kinds + q;
            const int32_t neuron = key_neuron(in->packets[n].key), *weights = s->weight + (p->first_row + neuron) * s->stride;
            if (kind->delay_max > 0 || !is_source(p, in->packets[n].key))
                continue;
            if (kind->listed)
                add_listed_wide(weights, targets_of(s, kind, neuron), shift, s->neurons.total);
            else
                add_weights_wide(weights, shift, s->neurons.size, s->neurons.total);
        }
}

/* The forward step up to V before any reset or rest. Returns how many neurons are above the threshold, which `fired` lists. */
uint32_t integrate_graph_spikes(population *s, const fifo *in, const tick *t)
{
    clear_words(s->sum, (uint32_t)s->neurons.size);
    clear_overflow();
    int fit = take_spikes(s, in, t->step);
    if (s->delays.slots)
        fit &= take_due(s, t->step);
    fit = fit && !overflow_seen();
    if (!fit)
        add_all_wide(s, in);
    if (s->delays.slots) {
        if (!fit)
            take_due_wide(s, t->step);
        end_due(s, t->step);
    }
    if (s->arithmetic.stochastic)
        return integrate_noisy(s, t, s->sum, fit);
    return fit ? integrate(s, s->sum) : integrate_wide(s);
}

/* One error for each recorded spike of this step of a population that takes errors, even if it is zero. Errors over synapses with delays
   are added up before: over a synapse with delay d the spike of step s acts on the adjoints of s + d. */
void send_graph_errors(population *s, const tick *t)
{
    const arithmetic *a = &s->arithmetic;
    error_pass pass = {t, 0, 0, 0};
    if (s->delays.slots)
        add_delayed_errors(s, &pass);
    for (int32_t at = s->inputs.first[t->step], last = s->inputs.first[t->step + 1]; at < last && s->sends_errors; at++) {
        const int32_t row = s->inputs.neuron[at], q = s->incoming.of_row[row];
        const projection *p = s->incoming.all + q;
        const synapse_kind *kind = s->kinds + q;
        if (!p->takes_errors)
            continue;
        int64_t wide;
        if (kind->delay_max > 0)
            wide = s->delays.error_sum[at];
        else
            wide = error_over(s, &pass, row, targets_of(s, kind, row - p->first_row), 0);
        const int64_t error = narrow(wide, a->error_low, a->error_high);
        s->saturated[SAT_ERROR] += error != wide;
        board_send_payload(make_key(ERROR, s->copy, p->population, row - p->first_row), (int32_t)error);
    }
}

/* dW -= lI for the synapses over which spikes act in the step after this one. */
void add_graph_gradients(population *s, int32_t step)
{
    const int32_t *adjoint_current = s->neurons.adjoint_current;
    for (int32_t at = s->inputs.first[step], last = s->inputs.first[step + 1]; at < last; at++) {
        const int32_t row = s->inputs.neuron[at], q = s->incoming.of_row[row];
        const synapse_kind *kind = s->kinds + q;
        int64_t *gradient = s->gradient + row * s->stride;
        if (kind->delay_max > 0)
            continue;
        if (kind->listed) {
            const row_targets to = targets_of(s, kind, row - s->incoming.all[q].first_row);
            add_gradient_of_chosen(gradient, to.list, to.count, adjoint_current);
        } else
            add_gradient(gradient, s->neurons.size, adjoint_current);
    }
    if (s->delays.slots)
        add_delayed_gradients(s, step);
}
