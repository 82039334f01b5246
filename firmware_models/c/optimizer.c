/* The program of an optimizer's PE: adds the copies' gradients, steps some rows of one share's weights in float32, rounds them to their
   format, and sends them to all copies. Every float operation rounds once, in the order of docs/reference/equations.md (optimizer). */
#include "program.h"

enum { ROUNDED_BITS = 16 }; /* bits beyond its format that a float weight keeps until it is rounded */

typedef struct {
    float weight_decay, beta1, one_minus_beta1, beta2, one_minus_beta2, epsilon, momentum, raise_step;
} rule;

typedef struct {
    int32_t fraction, low, high, master;
} weight_format;

typedef struct {
    rule constants;
    weight_format weight_format;
    int32_t senders, buffer_slots, rounds, stride, words, adam, pre_rows, size, learns, transfer;
    const float *rate;      /* [1] */
    const float *scale;     /* [words], the gradient per gradient word */
    const int64_t *buffer;  /* [buffer slots, words], `slot_words` from one slot to the next */
    int32_t slot_words;
    int64_t *total;         /* [words] */
    float *weight, *moment, *square, *powers;
    int32_t *raw;           /* [words] */
    int64_t *saturated;
} optimizer;

/* total += the gradients that came in reduce round `turn`, word by word */
static void add_round(optimizer *s, int32_t turn)
{
    int32_t words = s->pre_rows * s->stride, left = s->senders - turn * s->buffer_slots, stride = s->slot_words;
    int32_t slots = left < s->buffer_slots ? left : s->buffer_slots;
    for (int32_t w = 0; w < words; w++) {
        const int64_t *from = s->buffer + w;
        int64_t sum = s->total[w];
        for (int32_t slot = 0; slot < slots; slot++, from += stride)
            sum += *from;
        s->total[w] = sum;
    }
}

static float gradient_of(const optimizer *s, int32_t w)
{
    float g = (float)s->total[w] * s->scale[w], decay = s->constants.weight_decay;
    return decay != 0.0f ? g + decay * s->weight[w] : g;
}

/* Kingma & Ba 2015, in torch's order */
static void adam_step(optimizer *s)
{
    const rule *c = &s->constants;
    s->powers[0] *= c->beta1;
    s->powers[1] *= c->beta2;
    float size = *s->rate / (1.0f - s->powers[0]), root = __builtin_sqrtf(1.0f - s->powers[1]);
    for (int32_t w = 0, words = s->pre_rows * s->stride; w < words; w++) {
        float g = gradient_of(s, w);
        float m = c->beta1 * s->moment[w] + c->one_minus_beta1 * g;
        float v = c->beta2 * s->square[w] + (c->one_minus_beta2 * g) * g;
        s->moment[w] = m;
        s->square[w] = v;
        s->weight[w] -= (size * m) / (__builtin_sqrtf(v) / root + c->epsilon);
    }
}

static void sgd_step(optimizer *s)
{
    for (int32_t w = 0, words = s->pre_rows * s->stride; w < words; w++) {
        float v = s->constants.momentum * s->moment[w] + gradient_of(s, w);
        s->moment[w] = v;
        s->weight[w] -= *s->rate * v;
    }
}

/* floor(x 2^shift) from the bits of a float, within what 63 bits hold: the core has no doubles. */
static int64_t scaled_floor(float x, int32_t shift)
{
    union {
        float number;
        uint32_t bits;
    } word = {x};
    int32_t exponent = (int32_t)(word.bits >> 23 & 0xFF), up = (exponent ? exponent : 1) - 150 + shift;
    int64_t mantissa = (int64_t)((word.bits & 0x7FFFFF) | (exponent ? 0x800000 : 0));
    if (word.bits >> 31)
        mantissa = -mantissa;
    if (up > 38)
        return mantissa < 0 ? INT64_MIN >> 1 : mantissa > 0 ? INT64_MAX >> 1 : 0;
    return up >= 0 ? mantissa * ((int64_t)1 << up) : up > -63 ? mantissa >> -up : mantissa >> 63;
}

/* Round the weights to their format; without a master, the optimizer continues from the rounded ones. */
static void store_weights(optimizer *s)
{
    const weight_format *f = &s->weight_format;
    float unit = 1.0f / (float)((int64_t)1 << f->fraction);
    uint32_t saturated = 0;
    for (int32_t p = 0; p < s->pre_rows; p++)
        for (int32_t w = p * s->stride, end = w + s->size; w < end; w++) {
            int64_t wide = round_shift(scaled_floor(s->weight[w], f->fraction + ROUNDED_BITS), ROUNDED_BITS);
            int64_t raw = narrow(wide, f->low, f->high);
            s->raw[w] = (int32_t)raw;
            saturated += raw != wide;
            if (!f->master)
                s->weight[w] = (float)raw * unit;
        }
    s->saturated[SAT_WEIGHT] += saturated;
}

static void update(optimizer *s)
{
    add_round(s, s->rounds - 1);
    if (s->adam)
        adam_step(s);
    else
        sgd_step(s);
    store_weights(s);
}

void optimizer_wake(optimizer *s, const fifo *in, const tick *t)
{
    refuse_all(in);
    if (t->phase == LOAD)
        board_transfer(s->transfer, 0);
    else if (!s->learns)
        return;
    else if (t->phase == REDUCE && t->step == 0)
        clear_words(s->total, 2 * (uint32_t)s->words);
    else if (t->phase == REDUCE)
        add_round(s, t->step - 1);
    else if (t->phase == UPDATE)
        update(s);
}
