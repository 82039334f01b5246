/* The program of an optimizer's PE: adds the copies' gradients, steps some rows of one share's weights in float32, rounds them to their
   format, and sends them to all copies. Every float operation rounds once, in the order of docs/reference/equations.md (optimizer). */
#include "noise.h"
#include "program.h"

enum { ROUNDED_BITS = 16 }; /* bits beyond its format that a float weight keeps until it is rounded */

typedef struct {
    float weight_decay, beta1, one_minus_beta1, beta2, one_minus_beta2, epsilon, momentum, raise_step;
} rule;

typedef struct {
    int32_t fraction, low, high, stochastic, master;
} weight_format;

typedef struct {
    rule constants;
    weight_format weight_format;
    int32_t population, senders, buffer_slots, rounds, stride, words, adam, pre_first, pre_rows, first, size, learns, transfer;
    int32_t counting, penalty, count_low, count_high, clipping, masked;
    int32_t delays, largest; /* whether these are delays, and the longest one that there can be */
    const int64_t *seed;    /* [1], the part's noise seed */
    const float *rate;      /* [1] */
    const float *scale;     /* [words], the gradient per gradient word */
    const int64_t *buffer;  /* [buffer slots, words], `slot_words` from one slot to the next */
    int32_t slot_words;
    int64_t *total;         /* [words] */
    float *weight, *moment, *square, *powers;
    int32_t *raw;           /* [words] */
    const int32_t *count_buffer; /* [buffer slots, stride], spikes of each neuron in a copy, for the guards */
    int64_t *count_total;        /* [stride] */
    const int64_t *rate_penalty, *clip; /* [stride], of each spike too many; the largest magnitude of a gradient word */
    const uint8_t *exists;       /* [words], if `masked` */
    int64_t *saturated, *clipped;
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
    for (int32_t slot = 0; slot < slots && s->counting; slot++)
        for (int32_t j = 0; j < s->size; j++)
            s->count_total[j] += s->count_buffer[slot * s->stride + j];
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
static void store_weights(optimizer *s, const noise_name *name)
{
    const weight_format *f = &s->weight_format;
    const float unit = 1.0f / (float)((int64_t)1 << f->fraction);
    const uint64_t stream = f->stochastic ? noise_stream(name, OF_WEIGHT) : 0;
    uint32_t saturated = 0;
    for (int32_t p = 0; p < s->pre_rows; p++)
        for (int32_t w = p * s->stride, end = w + s->size; w < end; w++) {
            int64_t up = half(ROUNDED_BITS);
            if (f->stochastic)
                up = noise(stream, ROUNDED_BITS, (int64_t)(s->pre_first + p) * (NEURON_MASK + 1) + s->first + w - p * s->stride);
            int64_t wide = (scaled_floor(s->weight[w], f->fraction + ROUNDED_BITS) + up) >> ROUNDED_BITS;
            int64_t raw = narrow(wide, f->low, f->high);
            s->raw[w] = (int32_t)raw;
            saturated += raw != wide;
            if (!f->master)
                s->weight[w] = (float)raw * unit;
        }
    s->saturated[SAT_WEIGHT] += saturated;
}

static int has_synapse(const optimizer *s, int32_t w) { return !s->masked || s->exists[w]; }

/* Guard "raise_weights": add a fixed amount to the weights of neurons that fired in no sample of the batch. */
static void raise_silent(optimizer *s)
{
    for (int32_t j = 0; j < s->size; j++)
        for (int32_t p = 0, w = j; p < s->pre_rows && s->count_total[j] == 0; p++, w += s->stride)
            if (has_synapse(s, w))
                s->weight[w] += s->constants.raise_step;
}

/* Guard "rate": change the gradient of a neuron's weights for each spike of the batch too many or too few. */
static void add_rate_penalty(optimizer *s)
{
    for (int32_t j = 0; j < s->size; j++) {
        int64_t count = s->count_total[j], excess = count > s->count_high ? count - s->count_high : 0;
        excess -= count < s->count_low ? s->count_low - count : 0;
        for (int32_t p = 0, w = j; p < s->pre_rows && excess != 0; p++, w += s->stride)
            if (has_synapse(s, w))
                s->total[w] += s->rate_penalty[j] * excess;
    }
}

static void clear_absent(optimizer *s)
{
    for (int32_t w = 0; w < s->words && s->masked; w++)
        if (!s->exists[w])
            s->total[w] = 0;
}

/* optimizer.clip: limit each summed gradient word to -clip .. clip. */
static void clip_gradient(optimizer *s)
{
    uint32_t clipped = 0;
    for (int32_t p = 0; p < s->pre_rows; p++)
        for (int32_t j = 0, w = p * s->stride; j < s->size; j++, w++) {
            int64_t wide = s->total[w], most = s->clip[j];
            int64_t limited = wide < -most ? -most : wide > most ? most : wide;
            clipped += limited != wide;
            s->total[w] = limited;
        }
    *s->clipped += clipped;
}

/* Keep each delay between 0 and the longest one; what is no number becomes 0. */
static void limit_delays(const optimizer *s)
{
    const float longest = (float)s->largest;
    for (float *at = s->weight, *end = at + s->pre_rows * s->stride; at < end; at++) {
        float above = *at > 0.0f ? *at : 0.0f;
        *at = above < longest ? above : longest;
    }
}

static void update(optimizer *s, int32_t batch)
{
    const noise_name name = {*s->seed, batch, 0, s->population, 0};
    add_round(s, s->rounds - 1);
    if (s->penalty)
        add_rate_penalty(s);
    clear_absent(s);
    if (s->clipping)
        clip_gradient(s);
    if (s->adam)
        adam_step(s);
    else
        sgd_step(s);
    if (s->counting && !s->penalty)
        raise_silent(s);
    if (s->delays)
        limit_delays(s);
    store_weights(s, &name);
}

void optimizer_wake(optimizer *s, const fifo *in, const tick *t)
{
    refuse_all(in);
    if (t->phase == LOAD)
        board_transfer(s->transfer, 0);
    else if (!s->learns)
        return;
    else if (t->phase == REDUCE && t->step == 0) {
        clear_words(s->total, 2 * (uint32_t)s->words);
        if (s->counting)
            clear_words(s->count_total, 2 * (uint32_t)s->stride);
    }
    else if (t->phase == REDUCE)
        add_round(s, t->step - 1);
    else if (t->phase == UPDATE)
        update(s, t->batch);
}
