/* The programs of a spiking population and of a readout with projections of all kinds, and with neurons that rest: population.c and
   readout.c with what those leave out. */
#include "population.h"

/* Before a batch, and in the tick after that, when new delays have arrived. Returns 0 in other ticks. */
static int prepare(population *s, const tick *t)
{
    if (t->phase == LOAD) {
        clear_inputs(s);
        if (s->delays.slots)
            clear_delays(s);
        return 1;
    }
    if (t->phase == FORWARD && t->step == 0 && s->delays.slots)
        sort_delays(s);
    return t->phase == FORWARD && t->step == 0;
}

static void step_forward(population *s, const fifo *in, const tick *t)
{
    const int32_t step = t->step, first = *s->own.length;
    uint32_t count = integrate_graph_spikes(s, in, t);
    begin_step(&s->own, step);
    if (s->rest_steps)
        count = hold_resting(s, step, count);
    if (count)
        fire(s, step, count);
    if (s->rest_steps)
        clear_restarts(s, first);
}

static void step_backward(population *s, const fifo *in, const tick *t)
{
    const int32_t step = t->step;
    take_errors(s, in, step + 1);
    send_graph_errors(s, t);
    if (s->rest_steps) {
        restart_adjoints(s, step + 1);
        work_out_restart_jumps(s, step + 1);
    } else
        work_out_jumps(s, step + 1);
    decay(s, t);
    if (s->rest_steps)
        clear_restarted(s, step + 1);
    add_jumps(s, step + 1);
    store_adjoints(s);
    add_graph_gradients(s, step);
}

void graph_population_wake(population *s, const fifo *in, const tick *t)
{
    if (prepare(s, t)) {
        if (t->phase == LOAD)
            clear_own(s);
    } else if (t->phase == FORWARD)
        step_forward(s, in, t);
    else if (t->phase == BACKWARD)
        step_backward(s, in, t);
    else if (t->phase == REDUCE)
        send_gradient(s, t->step);
}

void graph_readout_wake(population *s, const fifo *in, const tick *t)
{
    if (prepare(s, t)) {
        if (t->phase == LOAD)
            clear_answers(s);
    } else if (t->phase == FORWARD) {
        integrate_graph_spikes(s, in, t);
        take_answers(s, t->step);
    } else if (t->phase == BACKWARD) {
        take_answer_errors(s, in);
        add_answer_errors(s, t->step + 1);
        send_graph_errors(s, t);
        decay(s, t);
        store_adjoints(s);
        add_graph_gradients(s, t->step);
    } else if (t->phase == REDUCE)
        send_gradient(s, t->step);
}
