/* What populations and readouts do with the spikes of their sources: add their weights, answer with errors, add to gradients. */
#include "population.h"

/* Clear what both have, before a batch. */
void clear_inputs(population *s)
{
    const neuron_arrays *n = &s->neurons;
    const uint32_t words = (uint32_t)s->stride;
    clear_words(n->current, words);
    clear_words(n->potential, words);
    clear_words(n->adjoint, words);
    clear_words(n->adjoint_current, words);
    clear_words(s->loss_error, words);
    clear_words(s->gradient, 2 * words * (uint32_t)s->sources);
    clear_record(&s->inputs, s->arithmetic.steps);
}

/* The population that a spike is of; -1 for another packet. */
static inline int32_t spiked_in(uint32_t key) { return key_kind(key) == SPIKE ? key_layer(key) : -1; }

static inline int is_source(const projection *p, int32_t from, int32_t neuron)
{
    return p->population == from && neuron < p->size;
}

/* Add the weights of all spikes in the FIFO again, in 64 bits. */
static void add_all_wide(population *s, const fifo *in)
{
    for (int32_t j = 0; j < s->neurons.size; j++)
        s->sum[j] = 0;
    for (int32_t n = 0; n < in->count; n++)
        for (int32_t q = 0; q < s->projections; q++) {
            const projection *p = s->incoming.all + q;
            uint32_t key = in->packets[n].key;
            int32_t row = p->first_row + key_neuron(key);
            if (is_source(p, spiked_in(key), key_neuron(key)))
                add_weights_wide(s->weight + row * s->stride, s->arithmetic.weight_to_state_shift, s->neurons.size, s->neurons.total);
        }
}

/* Add the weights of the spikes in the FIFO, and record them as spikes of `step`. Returns whether the sums fit into 32 bits. */
static int take_spikes(population *s, const fifo *in, int32_t step)
{
    const int32_t shift = s->arithmetic.weight_to_state_shift, size = s->neurons.size, stride = s->stride, capacity = s->inputs.capacity;
    const int32_t *weight = s->weight;
    const projection *all = s->incoming.all, *end = all + s->projections;
    int32_t length = *s->inputs.length, fit = 1, begun = 0, *sum = s->sum, *record = s->inputs.neuron;
    clear_overflow();
    for (int32_t n = 0; n < in->count; n++) {
        const uint32_t key = in->packets[n].key;
        const int32_t from = spiked_in(key), neuron = key_neuron(key);
        int32_t known = 0;
        for (const projection *p = all; p < end; p++) {
            if (!is_source(p, from, neuron))
                continue;
            int32_t row = p->first_row + neuron;
            if (!begun)
                begin_step(&s->inputs, step);
            known = begun = 1;
            if (length < capacity)
                record[length++] = row;
            else
                ++*s->unrecorded;
            fit &= add_weights(weight + row * stride, shift, size, sum);
        }
        if (!known)
            board_stray(in, n);
    }
    if (begun)
        end_step(&s->inputs, step, length);
    return fit && !overflow_seen();
}

/* The forward step up to V before any reset. Returns how many neurons are above the threshold, which `fired` lists. */
uint32_t integrate_spikes(population *s, const fifo *in, const tick *t)
{
    const int fit = take_spikes(s, in, t->step - 1);
    if (!fit)
        add_all_wide(s, in);
    if (s->arithmetic.stochastic)
        return integrate_noisy(s, t, fit);
    return fit ? integrate(s) : integrate_wide(s);
}

/* One error for each recorded spike of `step` of a population that takes errors, even if it is zero. */
void send_errors(population *s, const tick *t)
{
    const arithmetic *a = &s->arithmetic;
    const int32_t step = t->step;
    int32_t at = s->inputs.first[step], last = s->inputs.first[step + 1];
    if (at >= last || !s->sends_errors)
        return;
    const uint64_t stream = a->stochastic ? stream_of(s, t, OF_ERROR) : 0;
    const int fit = !a->stochastic && differences(s);
    for (; at < last; at++) {
        int32_t row = s->inputs.neuron[at];
        const projection *p = s->incoming.all + s->incoming.of_row[row];
        if (!p->takes_errors)
            continue;
        const int32_t *weights = s->weight + row * s->stride;
        int64_t wide;
        if (fit)
            wide = error_below(weights, a->product_to_error_shift, s->neurons.size, s->difference);
        else
            wide = a->stochastic ? error_below_noisy(s, row, stream) : error_below_wide(s, weights);
        int64_t error = narrow(wide, a->error_low, a->error_high);
        s->saturated[SAT_ERROR] += error != wide;
        board_send_payload(make_key(ERROR, s->copy, p->population, row - p->first_row), (int32_t)error);
    }
}

void decay(population *s, const tick *t)
{
    if (s->arithmetic.stochastic)
        decay_adjoints_noisy(s, t);
    else
        decay_adjoints(s);
}

void add_gradients(population *s, int32_t step)
{
    for (int32_t at = s->inputs.first[step], last = s->inputs.first[step + 1]; at < last; at++)
        add_gradient(s->gradient + s->inputs.neuron[at] * s->stride, s->neurons.size, s->neurons.adjoint_current);
}

/* In the copy's round, start a transfer to each optimizer PE that holds rows of this share's weights. */
void send_gradient(const population *s, int32_t turn)
{
    for (int32_t n = 0; n < s->slices && s->turn == turn; n++)
        if (s->transfer[n] >= 0)
            board_transfer(s->transfer[n], 0);
}
