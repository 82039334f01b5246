/* The program of a readout's PE, whose neurons never fire: the highest or the average voltage of each of them is its answer, and the
   loss's error acts at the step of the highest voltage, or at every step times its share of the average. */
#include "population.h"

enum { SHARE_BITS = 32, EXTRA_BITS = 8 }; /* fraction bits of a step's share; those that a sum has beyond the state's */

static void track_peaks(const population *s, int32_t step)
{
    for (int32_t j = 0; j < s->neurons.size; j++)
        if (s->neurons.potential[j] > s->peak[j]) {
            s->peak[j] = s->neurons.potential[j];
            s->peak_step[j] = step;
        }
}

/* Add c_i V[i] to each sum; after the last step round the sums to the state format, in place of the highest voltages. */
static void add_averages(population *s, int32_t step)
{
    const arithmetic *a = &s->arithmetic;
    for (int32_t j = 0; j < s->neurons.size; j++) {
        s->average_sum[j] += round_shift(s->neurons.potential[j] * s->average[step], SHARE_BITS - EXTRA_BITS);
        if (step == a->steps - 1) {
            int64_t wide = round_shift(s->average_sum[j], EXTRA_BITS), stored = narrow(wide, a->state_low, a->state_high);
            s->saturated[SAT_STATE] += stored != wide;
            s->peak[j] = (int32_t)stored;
        }
    }
}

static void send_answers(const population *s)
{
    const uint32_t key = make_key(SPIKE, s->copy, s->population, s->neurons.first);
    for (int32_t j = 0; j < s->neurons.size; j++)
        board_send_payload(key + (uint32_t)j, s->peak[j]);
}

static int take_answer_error(population *s, uint32_t key, int32_t error)
{
    const arithmetic *a = &s->arithmetic;
    int32_t j = key_neuron(key) - s->neurons.first;
    if (key_kind(key) != ERROR || key_layer(key) != s->population || j < 0 || j >= s->neurons.size)
        return 0;
    if ((!s->averages && s->peak_step[j] <= 0) || error < a->error_low || error > a->error_high)
        return 0;
    s->loss_error[j] = error;
    return 1;
}

/* lV += error, for the neurons on which it acts at `step`. */
void add_answer_errors(population *s, int32_t step)
{
    const arithmetic *a = &s->arithmetic;
    const int32_t up = a->error_to_adjoint_shift;
    for (int32_t j = 0; j < s->neurons.size; j++) {
        if (!s->averages && s->peak_step[j] != step)
            continue;
        int64_t error = s->averages ? round_shift(s->loss_error[j] * s->average[step], SHARE_BITS - up) : s->loss_error[j] * ((int64_t)1 << up);
        int64_t wide = s->neurons.adjoint[j] + error, stored = narrow(wide, a->adjoint_low, a->adjoint_high);
        s->saturated[SAT_ADJOINT] += stored != wide;
        s->neurons.adjoint[j] = (int32_t)stored;
    }
}

/* Clear what only a readout has, before a batch. */
void clear_answers(population *s)
{
    const uint32_t words = (uint32_t)s->stride;
    clear_words(s->peak, words);
    clear_words(s->peak_step, words);
    if (s->averages)
        clear_words(s->average_sum, 2 * words);
}

/* Keep the highest voltages or add to the averages of `step`, and send them after the last one. */
void take_answers(population *s, int32_t step)
{
    if (s->averages)
        add_averages(s, step);
    else
        track_peaks(s, step);
    if (step == s->arithmetic.steps - 1)
        send_answers(s);
}

void take_answer_errors(population *s, const fifo *in)
{
    for (int32_t n = 0; n < in->count; n++)
        if (!take_answer_error(s, in->packets[n].key, in->packets[n].payload))
            board_stray(in, n);
}

void readout_wake(population *s, const fifo *in, const tick *t)
{
    if (t->phase == LOAD) {
        clear_inputs(s);
        clear_answers(s);
    } else if (t->phase == FORWARD && t->step > 0) {
        integrate_spikes(s, in, t);
        take_answers(s, t->step);
    } else if (t->phase == BACKWARD) {
        take_answer_errors(s, in);
        add_answer_errors(s, t->step + 1);
        if (s->sends_errors)
            send_errors(s, t);
        decay(s, t);
        store_adjoints(s);
        add_gradients(s, t->step);
    } else if (t->phase == REDUCE)
        send_gradient(s, t->step);
}
