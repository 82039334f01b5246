/* The program of a spiking population's PE: what it does in each phase with what its FIFO holds. */
#include "population.h"

/* Clear what only a spiking population has, before a batch. */
void clear_own(population *s)
{
    const uint32_t words = (uint32_t)s->stride;
    clear_words(s->spike_count, words);
    fill_words(s->first_spike, words, (uint32_t)s->arithmetic.steps);
    clear_record(&s->own, s->arithmetic.steps);
}

static void step_forward(population *s, const fifo *in, const tick *t)
{
    const int32_t step = t->step;
    uint32_t count = integrate_spikes(s, in, t);
    begin_step(&s->own, step);
    if (count)
        fire(s, step, count);
}

static void step_backward(population *s, const fifo *in, const tick *t)
{
    const int32_t step = t->step, fired = s->own.first[step + 2] - s->own.first[step + 1];
    if (fired || in->count)
        take_errors(s, in, step + 1);
    if (s->sends_errors)
        send_errors(s, t);
    if (fired)
        work_out_jumps(s, step + 1);
    decay(s, t);
    if (fired)
        add_jumps(s, step + 1);
    store_adjoints(s);
    add_gradients(s, step);
}

void population_wake(population *s, const fifo *in, const tick *t)
{
    if (t->phase == LOAD) {
        clear_inputs(s);
        clear_own(s);
    } else if (t->phase == FORWARD && t->step > 0)
        step_forward(s, in, t);
    else if (t->phase == BACKWARD)
        step_backward(s, in, t);
    else if (t->phase == REDUCE)
        send_gradient(s, t->step);
}
