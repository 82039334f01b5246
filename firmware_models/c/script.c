/* The program of the PEs of a script's network: takes packets, steps a spike list or neurons, and records. */
#include "script.h"

void fire_neuron(script *s, int32_t step, int32_t neuron)
{
    s->fired[step * s->all_neurons + neuron] = 1;
    if (s->sends)
        board_send(make_key(SPIKE, 0, s->population, s->first + neuron));
}

/* Add the synapses [at, end) to the ring. */
static void add_synapses(const script *s, const uint32_t *at, const uint32_t *end, uint32_t step)
{
    const uint32_t slot_words = SIGNS * (uint32_t)s->size;
    int32_t *ring = s->ring;
    for (; at < end; at++) {
        const uint32_t word = *at, slot = (step + (word >> DELAY_SHIFT)) & SLOT_MASK;
        ring[slot * slot_words + (word >> TARGET_SHIFT)] += (int32_t)(word & WEIGHT_MASK);
    }
}

/* Add the synapses of the packets in the FIFO to the ring. A packet that is no spike of a source is for nobody here. */
static void take_packets(const script *s, const fifo *in, int32_t step)
{
    for (int32_t n = 0; n < in->count; n++) {
        const uint32_t key = in->packets[n].key;
        const int32_t population = key_layer(key), neuron = key_neuron(key);
        if (key_kind(key) != SPIKE || population >= s->populations) {
            board_stray(in, n);
            continue;
        }
        const int32_t base = (int32_t)s->base[population];
        int32_t number = (int32_t)s->convolution_first[population];
        const int32_t last = (int32_t)s->convolution_last[population];
        if (base < 0 && number == last)
            board_stray(in, n);
        for (; number < last; number++)
            add_windows(s, number, neuron, step);
        if (base >= 0) {
            const int64_t *row = s->row_first + base + neuron;
            add_synapses(s, s->synapse + (int32_t)row[0], s->synapse + (int32_t)row[1], (uint32_t)step);
        }
    }
}

/* Send the spikes of this tick of a spike list; those of a tick that was lost are not sent. */
static void send_list(script *s, int32_t step)
{
    int32_t at = (int32_t)*s->next;
    const int32_t last = (int32_t)*s->last;
    for (; at < last && s->spike_tick[at] <= step; at++)
        if (s->spike_tick[at] == step)
            fire_neuron(s, step, s->spike_neuron[at]);
    *s->next = at;
}

/* Keep the states that are recorded, of all neurons. */
static void record_states(const script *s, int32_t step)
{
    const int32_t size = s->size, states = s->states;
    for (int32_t k = s->trace_first; k < s->trace_last; k++) {
        float *trace = s->traces + step * s->columns + (int32_t)s->trace_column[k];
        const float *x = s->x + (int32_t)s->trace_state[k];
        for (int32_t j = 0; j < size; j++, x += states)
            trace[j] = *x;
    }
}

static void step_model(script *s, int32_t step)
{
    switch (s->model) {
    case SPIKE_LIST: send_list(s, step); break;
    case LIF: step_lif(s, step); break;
    case LIF_CURR_EXP: step_lif_curr_exp(s, step); break;
    case ALIF: step_alif(s, step); break;
    case LIF_PROB: step_lif_prob(s, step); break;
    case POISSON_PROCESS: step_poisson_process(s, step); break;
    case IZHIKEVICH: step_izhikevich(s, step); break;
    case LIF_FUGU: step_lif_fugu(s, step); break;
    }
}

/* In the tick after the last one PEs only take what has come. */
void script_wake(script *s, const fifo *in, const tick *t)
{
    take_packets(s, in, t->step);
    if (t->step >= s->ticks)
        return;
    step_model(s, t->step);
    record_states(s, t->step);
}
