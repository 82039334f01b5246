/* The program of the loss's PE: takes the answers of one copy's outputs, first spikes or highest or average voltages, and sends back the
   derivative of the cross-entropy; a silent label neuron gets a guard packet. docs/reference/equations.md (Loss, in steps). */
#include "program.h"

enum { GAIN_BITS = 24, EXP_ARGUMENT_BITS = 15, NO_SAMPLE = -1, ALIGNED_WORDS = 4 };

/* The scalars and tables of the softmax. */
typedef struct {
    int32_t max_over_time, average; /* whether outputs answer by voltages, and whether these are averages */
    int32_t fraction, error_low, error_high, state_fraction;
    int64_t inverse_temperature;    /* with GAIN_BITS fraction bits */
    const int64_t *gain;                    /* [outputs], error per unit of probability, with GAIN_BITS fraction bits */
    const int64_t *exp_table, *label_table; /* [T + 1] */
} softmax;

typedef struct {
    softmax constants;
    int32_t copies, steps, layer, n_out, push, silent, words, copy, label_transfer, result_transfer;
    const int64_t *training; /* [1] */
    int32_t *label;          /* [4], the label and padding */
    int32_t *value;          /* [words], first spikes, T if silent, and padding */
    int64_t *exps, *errors;  /* [outputs], scratch */
    int64_t *saturated;
} loss;

/* A maximum below rest is none. */
static void note_voltage(loss *s, const fifo *in, int32_t n, int32_t k)
{
    if (in->packets[n].payload < 0 && !s->constants.average)
        board_stray(in, n);
    else
        s->value[k] = in->packets[n].payload;
}

static void note_answers(loss *s, const fifo *in, int32_t step)
{
    for (int32_t n = 0; n < in->count; n++) {
        uint32_t key = in->packets[n].key;
        int32_t k = key_neuron(key);
        if (key_kind(key) != SPIKE || key_layer(key) != s->layer || k >= s->n_out)
            board_stray(in, n);
        else if (s->constants.max_over_time)
            note_voltage(s, in, n, k);
        else if (s->value[k] == s->silent)
            s->value[k] = step;
    }
}

/* exps[k] = exp(-(t_k - t_min) / xi); returns their sum. */
static int64_t first_spike_exps(loss *s)
{
    int32_t earliest = s->value[0];
    int64_t total = 0;
    for (int32_t k = 1; k < s->n_out; k++)
        if (s->value[k] < earliest)
            earliest = s->value[k];
    for (int32_t k = 0; k < s->n_out; k++) {
        s->exps[k] = s->constants.exp_table[s->value[k] - earliest];
        total += s->exps[k];
    }
    return total;
}

/* exps[k] = exp((m_k - m_max) / temperature), from the accelerator; returns their sum. */
static int64_t voltage_exps(loss *s)
{
    const softmax *c = &s->constants;
    int32_t highest = s->value[0];
    int64_t total = 0;
    for (int32_t k = 1; k < s->n_out; k++)
        if (s->value[k] > highest)
            highest = s->value[k];
    for (int32_t k = 0; k < s->n_out; k++) {
        int64_t below = ((int64_t)s->value[k] - highest) * c->inverse_temperature;
        int64_t z = round_shift(below, c->state_fraction + GAIN_BITS - EXP_ARGUMENT_BITS);
        s->exps[k] = board_exp((int32_t)narrow(z, INT32_MIN, 0));
        total += s->exps[k];
    }
    return total;
}

static void work_out_errors(loss *s, int32_t label)
{
    const softmax *c = &s->constants;
    int64_t total = c->max_over_time ? voltage_exps(s) : first_spike_exps(s);
    for (int32_t k = 0; k < s->n_out; k++) {
        int64_t top = s->exps[k] << c->fraction, hit = k == label; /* 0 <= top, 0 < total */
        int64_t share = (int64_t)((uint64_t)(2 * top + total) / (uint64_t)(2 * total));
        int64_t wide = round_shift(((hit << c->fraction) - share) * c->gain[k], GAIN_BITS);
        if (hit && !c->max_over_time)
            wide += c->label_table[s->value[k]];
        s->errors[k] = narrow(wide, c->error_low, c->error_high);
        s->saturated[SAT_ERROR] += s->errors[k] != wide;
    }
}

/* An output can learn if it has a first spike before the last step, or a maximum above rest; an average always can. */
static int can_learn(const loss *s, int32_t k)
{
    if (s->constants.max_over_time)
        return s->constants.average || s->value[k] > 0;
    return s->value[k] < s->steps - 1;
}

static void send_errors(loss *s, int32_t label)
{
    work_out_errors(s, label);
    for (int32_t k = 0; k < s->n_out; k++)
        if (can_learn(s, k))
            board_send_payload(make_key(ERROR, s->copy, s->layer, k), (int32_t)s->errors[k]);
    if (s->push && !can_learn(s, label))
        board_send(make_key(GUARD, s->copy, s->layer, label));
}

void loss_wake(loss *s, const fifo *in, const tick *t)
{
    int32_t argument = t->batch * s->copies + s->copy;
    if (t->phase == LOAD) {
        fill_words(s->value, (uint32_t)s->words, (uint32_t)s->silent);
        fill_words(s->label, ALIGNED_WORDS, (uint32_t)NO_SAMPLE);
        board_transfer(s->label_transfer, argument);
    } else if (t->phase == FORWARD && t->step > 0)
        note_answers(s, in, t->step - 1);
    else if (t->phase == LOSS) {
        note_answers(s, in, s->steps - 1);
        int32_t label = s->label[0];
        if (*s->training && label >= 0 && label < s->n_out)
            send_errors(s, label);
        board_transfer(s->result_transfer, argument);
    }
}
