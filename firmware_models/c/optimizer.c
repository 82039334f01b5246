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

/* What add_pairs adds: for each of `pairs` of words next to each other, those of `slots` slots, `stride` bytes apart. */
typedef struct {
    int64_t *total;
    const int64_t *buffer;
    int32_t pairs, slots, stride;
} reduction;

/* Two slots in each turn, 23 cycles for four words, of which ten are loads; the first turn begins in its middle if the number of slots is odd. */
static __attribute__((naked, noinline)) void add_pairs(const reduction *r __attribute__((unused)))
{
#define ADD_SLOT                                                        \
    "ldr r8, [r5]\n ldr r9, [r5, #4]\n ldr r10, [r5, #8]\n ldr r11, [r5, #12]\n"                                                    \
    "add r5, r5, r4\n"                                                                                                              \
    "adds r6, r6, r8\n adc r7, r7, r9\n adds r12, r12, r10\n adc lr, lr, r11\n"
    __asm__ volatile("push {r4-r11, lr}\n"
                     "ldm r0, {r0-r4}\n"
                     "1:\n"
                     "ldr r6, [r0]\n ldr r7, [r0, #4]\n ldr r12, [r0, #8]\n ldr lr, [r0, #12]\n"
                     "push {r3}\n"
                     "mov r5, r1\n"
                     "tst r3, #1\n"
                     "bne 3f\n"
                     ".balign 4\n"
                     "2:\n" ADD_SLOT "3:\n" ADD_SLOT
                     "subs r3, r3, #2\n"
                     "bgt 2b\n"
                     "str r6, [r0], #4\n str r7, [r0], #4\n str r12, [r0], #4\n str lr, [r0], #4\n"
                     "pop {r3}\n"
                     "add r1, r1, #16\n"
                     "subs r2, r2, #1\n"
                     "bne 1b\n"
                     "pop {r4-r11, pc}\n");
}

/* total += the gradients that came in reduce round `turn` */
static void add_round(optimizer *s, int32_t turn)
{
    const int32_t words = s->pre_rows * s->stride, left = s->senders - turn * s->buffer_slots, stride = s->slot_words;
    const int32_t slots = left < s->buffer_slots ? left : s->buffer_slots, pairs = words >> 1;
    if (pairs > 0 && slots > 0)
        add_pairs(&(reduction){s->total, s->buffer, pairs, slots, stride * (int32_t)sizeof(int64_t)});
    for (int32_t slot = 0; slot < slots && words > 2 * pairs; slot++)
        s->total[words - 1] += s->buffer[slot * stride + words - 1];
    for (int32_t slot = 0; slot < slots && s->counting; slot++)
        for (int32_t j = 0; j < s->size; j++)
            s->count_total[j] += s->count_buffer[slot * s->stride + j];
}

/* The float nearest to a sum, which most often is a word that the FPU converts by itself. */
static inline float float_of(int64_t sum)
{
    return __builtin_expect(sum == (int32_t)sum, 1) ? (float)(int32_t)sum : (float)sum;
}

static inline float gradient_of(int64_t sum, float scale, float decay, float weight)
{
    float g = float_of(sum) * scale;
    return decay != 0.0f ? g + decay * weight : g;
}

/* Kingma & Ba 2015, in torch's order */
static void adam_step(optimizer *s)
{
    const rule *c = &s->constants;
    s->powers[0] *= c->beta1;
    s->powers[1] *= c->beta2;
    const float size = *s->rate / (1.0f - s->powers[0]), root = __builtin_sqrtf(1.0f - s->powers[1]), decay = c->weight_decay;
    const float beta1 = c->beta1, one_minus_beta1 = c->one_minus_beta1, beta2 = c->beta2, one_minus_beta2 = c->one_minus_beta2;
    const float epsilon = c->epsilon, *scale = s->scale;
    const int64_t *total = s->total;
    float *restrict weight = s->weight, *restrict moment = s->moment, *restrict square = s->square;
    for (int32_t left = s->pre_rows * s->stride; left > 0; left--) {
        float g = gradient_of(*total++, *scale++, decay, *weight);
        float v = beta2 * *square + (one_minus_beta2 * g) * g;
        float m = beta1 * *moment + one_minus_beta1 * g;
        *square++ = v;
        *moment++ = m;
        *weight++ -= (size * m) / (__builtin_sqrtf(v) / root + epsilon);
    }
}

static void sgd_step(optimizer *s)
{
    const float momentum = s->constants.momentum, decay = s->constants.weight_decay, rate = *s->rate, *scale = s->scale;
    const int64_t *total = s->total;
    float *restrict weight = s->weight, *restrict moment = s->moment;
    for (int32_t w = 0, words = s->pre_rows * s->stride; w < words; w++) {
        float v = momentum * moment[w] + gradient_of(total[w], scale[w], decay, weight[w]);
        moment[w] = v;
        weight[w] -= rate * v;
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

/* x 2^fraction to the nearest, ties up, within low and high, for as many weights from the first as this is certain of: those whose result
   is a word. Returns how many these are. A float is mantissa 2^(exponent - 150); shifting its mantissa to one bit more than the result has
   leaves the half that rounds. */
static int32_t round_nearest(const float *weight, int32_t count, const weight_format *f, int32_t *raw)
{
    const union {
        const float *numbers;
        const uint32_t *bits;
    } from = {weight};
    const int32_t point = 149 - f->fraction, low = f->low, high = f->high;
    for (int32_t n = 0; n < count; n++) {
        const uint32_t bits = from.bits[n];
        const int32_t down = point - (int32_t)(bits >> 23 & 0xFF);
        int32_t mantissa = (int32_t)((bits & 0x7FFFFF) | 0x800000), rounded = 0; /* less than a quarter is zero */
        if (down < 0)
            return n;
        if (bits >> 31)
            mantissa = -mantissa;
        if (down < 25)
            rounded = ((mantissa >> down) + 1) >> 1;
        if (rounded < low || rounded > high)
            return n;
        raw[n] = rounded;
    }
    return count;
}

/* The same for any float, counted if it does not fit; with noise in place of the half if rounding is stochastic. */
static int32_t round_any(optimizer *s, float x, uint64_t stream, int64_t name)
{
    const weight_format *f = &s->weight_format;
    const int64_t up = f->stochastic ? noise(stream, ROUNDED_BITS, name) : half(ROUNDED_BITS);
    const int64_t wide = (scaled_floor(x, f->fraction + ROUNDED_BITS) + up) >> ROUNDED_BITS, raw = narrow(wide, f->low, f->high);
    s->saturated[SAT_WEIGHT] += raw != wide;
    return (int32_t)raw;
}

/* The number of a word's synapse among those of all PEs, which names its random numbers. */
static int64_t synapse_of(const optimizer *s, int32_t w)
{
    const int32_t p = w / s->stride;
    return (int64_t)(s->pre_first + p) * (NEURON_MASK + 1) + s->first + w - p * s->stride;
}

/* Round `count` weights from word `first` on. */
static void store_words(optimizer *s, int32_t first, int32_t count, uint64_t stream)
{
    const weight_format *f = &s->weight_format;
    float *weight = s->weight + first;
    int32_t *raw = s->raw + first, n = 0;
    while (n < count) {
        if (!f->stochastic)
            n += round_nearest(weight + n, count - n, f, raw + n);
        if (n < count) {
            raw[n] = round_any(s, weight[n], stream, synapse_of(s, first + n));
            n++;
        }
    }
    if (f->master)
        return;
    const float unit = 1.0f / (float)((int64_t)1 << f->fraction);
    for (n = 0; n < count; n++)
        weight[n] = (float)raw[n] * unit;
}

/* Round the weights to their format, all rows at once if none ends before the next one begins; without a master, the optimizer continues
   from the rounded ones. */
static void store_weights(optimizer *s, const noise_name *name)
{
    const uint64_t stream = s->weight_format.stochastic ? noise_stream(name, OF_WEIGHT) : 0;
    if (s->size == s->stride)
        store_words(s, 0, s->pre_rows * s->stride, stream);
    else
        for (int32_t p = 0; p < s->pre_rows; p++)
            store_words(s, p * s->stride, s->size, stream);
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
