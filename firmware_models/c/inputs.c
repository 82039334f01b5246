/* What populations and readouts do with the spikes of their sources: add their weights, answer with errors, add to gradients. */
#include "population.h"
#include "rows.h"

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

enum { NARROW_KEY = ~(0xFF << COPY_SHIFT), WIDE_KEY = ~(7 << WIDE_COPY_SHIFT) }; /* all but the copy */

/* The number of a packet's neuron among the sources of a projection; at least their number if it is no spike of one. A spike's kind is 0. */
static inline uint32_t source_of(const projection *p, uint32_t key)
{
    if (__builtin_expect(is_wide(key), 0))
        return (key & (uint32_t)WIDE_KEY) - ((uint32_t)WIDE_MARK << WIDE_SHIFT) - ((uint32_t)p->population << WIDE_LAYER_SHIFT);
    return (key & (uint32_t)NARROW_KEY) - ((uint32_t)p->population << LAYER_SHIFT);
}

/* Add the weights of all spikes in the FIFO again, in 64 bits. */
static RARE void add_all_wide(population *s, const fifo *in)
{
    for (int32_t n = 0; n < in->count; n++)
        for (int32_t q = 0; q < s->projections; q++) {
            const projection *p = s->incoming.all + q;
            uint32_t source = source_of(p, in->packets[n].key);
            int32_t row = p->first_row + (int32_t)source;
            if (source < (uint32_t)p->size)
                add_weights_wide(s->weight + row * s->stride, s->arithmetic.weight_to_state_shift, s->neurons.size, s->neurons.total);
        }
}

/* What the spikes of a wake add: the sums of their weights, none if there is no spike, and whether these fit into 32 bits. */
typedef struct {
    const int32_t *sum;
    int32_t fit;
} taken;

/* Write the rows of spikes of the only projection to `rows`. Returns how many these are. */
static APART int32_t note_rows_of_one(const fifo *in, const projection *only, int32_t *rows)
{
    const projection p = *only;
    const packet *packets = in->packets;
    int32_t *at = rows;
    for (int32_t n = 0, count = in->count; n < count; n++) {
        const uint32_t source = source_of(&p, packets[n].key);
        if (source < (uint32_t)p.size)
            *at++ = p.first_row + (int32_t)source;
        else
            board_stray(in, n);
    }
    return (int32_t)(at - rows);
}

/* Write the rows of the FIFO's spikes to `rows`, of which there must be room for all projections of each packet. Returns how many these are. */
static RARE int32_t note_rows_of_all(const population *s, const fifo *in, int32_t *rows)
{
    int32_t *at = rows;
    for (int32_t n = 0; n < in->count; n++) {
        const int32_t *before = at;
        for (const projection *p = s->incoming.all, *end = p + s->projections; p < end; p++) {
            const uint32_t source = source_of(p, in->packets[n].key);
            if (source < (uint32_t)p->size)
                *at++ = p->first_row + (int32_t)source;
        }
        if (at == before)
            board_stray(in, n);
    }
    return (int32_t)(at - rows);
}

/* Add up rows of weights that need a shift, at least one. */
static RARE taken add_shifted_rows(const population *s, const int32_t *rows, int32_t count)
{
    taken t = {s->sum, 1};
    clear_overflow();
    clear_words(s->sum, (uint32_t)s->neurons.size);
    for (int32_t n = 0; n < count; n++)
        t.fit &= add_shifted_weights(s->weight + rows[n] * s->stride, s->arithmetic.weight_to_state_shift, s->neurons.size, s->sum);
    t.fit = t.fit && !overflow_seen();
    return t;
}

static int has_few(const population *s) { return s->neurons.size <= FEW && s->stride >= FEW; }

/* sum[j] = the sum over rows of a few words. */
static APART void add_few(const population *s, const int32_t *rows, const int32_t *end, int32_t *sum)
{
    const int32_t size = s->neurons.size, stride = s->stride, *weight = s->weight;
    int32_t a = 0, b = 0, c = 0;
    for (; rows < end; rows++) {
        const int32_t *row = weight + *rows * stride;
        a = add_sticky(a, row[0]);
        b = size > 1 ? add_sticky(b, row[1]) : 0;
        c = size > 2 ? add_sticky(c, row[2]) : 0;
    }
    sum[0] = a;
    if (size > 1)
        sum[1] = b;
    if (size > 2)
        sum[2] = c;
}

/* Add up rows of weights, at least one. A single row is taken as it is. */
static APART taken add_rows(const population *s, const int32_t *rows, int32_t count)
{
    const int32_t size = s->neurons.size, stride = s->stride, *weight = s->weight, *end = rows + count;
    int32_t *room = s->sum;
    taken t = {weight + *rows++ * stride, 1};
    clear_overflow();
    if (rows == end)
        return t;
    if (has_few(s)) {
        add_few(s, rows - 1, end, room);
        return (taken){room, !overflow_seen()};
    }
    for (; rows < end; rows++) {
        add_weights(weight + *rows * stride, t.sum, size, room);
        t.sum = room;
    }
    t.fit = !overflow_seen();
    return t;
}

/* What add_rows does, where the record of spikes may have no room for the FIFO's: the sums are made in 64 bits. */
static RARE taken take_too_many(population *s, const fifo *in, int32_t step)
{
    const spike_record *r = &s->inputs;
    taken t = {0, 1};
    int32_t length = *r->length;
    for (int32_t n = 0; n < in->count; n++) {
        int32_t known = 0;
        for (int32_t q = 0; q < s->projections; q++) {
            const projection *p = s->incoming.all + q;
            const uint32_t source = source_of(p, in->packets[n].key);
            if (source >= (uint32_t)p->size)
                continue;
            known = 1;
            if (length < r->capacity)
                r->neuron[length++] = p->first_row + (int32_t)source;
            else
                ++*s->unrecorded;
        }
        if (!known)
            board_stray(in, n);
        t.fit &= !known;
    }
    if (!t.fit) {
        begin_step(r, step);
        end_step(r, step, length);
    }
    return t;
}

/* Add the weights of the spikes in the FIFO, and record them as spikes of `step`. */
static APART taken take_spikes(population *s, const fifo *in, int32_t step)
{
    const int32_t length = *s->inputs.length, most = in->count * s->projections;
    if (most > s->inputs.capacity - length)
        return take_too_many(s, in, step);
    int32_t *rows = s->inputs.neuron + length, count;
    if (s->projections == 1)
        count = note_rows_of_one(in, s->incoming.all, rows);
    else
        count = note_rows_of_all(s, in, rows);
    if (count == 0)
        return (taken){0, 1};
    begin_step(&s->inputs, step);
    end_step(&s->inputs, step, length + count);
    return s->arithmetic.weight_to_state_shift ? add_shifted_rows(s, rows, count) : add_rows(s, rows, count);
}

/* The forward step with spikes or with stochastic rounding. */
static APART uint32_t integrate_taken(population *s, const fifo *in, const tick *t)
{
    taken all = {0, 1};
    if (in->count)
        all = take_spikes(s, in, t->step - 1);
    if (!all.fit)
        add_all_wide(s, in);
    if (s->arithmetic.stochastic)
        return integrate_noisy(s, t, all.sum, all.fit);
    return all.fit ? integrate(s, all.sum) : integrate_wide(s);
}

/* The forward step up to V before any reset. Returns how many neurons are above the threshold, which `fired` lists. */
uint32_t integrate_spikes(population *s, const fifo *in, const tick *t)
{
    return in->count || s->arithmetic.stochastic ? integrate_taken(s, in, t) : integrate(s, 0);
}

static RARE int32_t narrowed_error(const population *s, int64_t wide)
{
    s->saturated[SAT_ERROR]++;
    return wide < 0 ? s->arithmetic.error_low : s->arithmetic.error_high;
}

/* Narrow a sum to the error format, and count it if that changes it. */
static inline int32_t narrowed(const population *s, int64_t wide)
{
    const int32_t error = (int32_t)wide;
    if (__builtin_expect((int32_t)(wide >> 32) == error >> 31 && error >= s->arithmetic.error_low && error <= s->arithmetic.error_high, 1))
        return error;
    return narrowed_error(s, wide);
}

/* The errors of some rows of one projection, where `differences` knows that sums fit; `key` is that of row 0. */
static APART void send_errors_of(const population *s, const int32_t *at, const int32_t *end, uint32_t key)
{
    const int32_t stride = s->stride, size = s->neurons.size, *weight = s->weight, *difference = s->difference;
    for (; at < end; at++)
        board_send_payload(key + (uint32_t)*at, narrowed(s, error_below(weight + *at * stride, size, difference)));
}

/* The same for rows of a few words. */
static APART void send_errors_of_few(const population *s, const int32_t *at, const int32_t *end, uint32_t key)
{
    const int32_t stride = s->stride, size = s->neurons.size, *weight = s->weight;
    const uint32_t up = 1u << (ROUNDED_BELOW - 1);
    const few d = few_words(s->difference, size);
    for (; at < end; at++) {
        const int32_t *row = weight + *at * stride, a = row[0], b = row[1], c = row[2];
        const int64_t sum = FEW * (int64_t)up + (int64_t)a * d.a + (int64_t)b * d.b + (int64_t)c * d.c;
        uint32_t rest = (uint16_t)((uint32_t)a * (uint32_t)d.a + up);
        rest += (uint16_t)((uint32_t)b * (uint32_t)d.b + up);
        rest += (uint16_t)((uint32_t)c * (uint32_t)d.c + up);
        board_send_payload(key + (uint32_t)*at, narrowed(s, (sum - rest) >> ROUNDED_BELOW));
    }
}

/* The same for rounding with noise, and for sums that may be too large for it. */
static RARE void send_any_errors_of(const population *s, const int32_t *at, const int32_t *end, uint32_t key, const tick *t)
{
    const int32_t stochastic = s->arithmetic.stochastic;
    const uint64_t stream = stochastic ? stream_of(s, t, OF_ERROR) : 0;
    for (; at < end; at++) {
        const int32_t row = *at;
        int64_t wide = stochastic ? error_below_noisy(s, row, stream) : error_below_wide(s, s->weight + row * s->stride);
        board_send_payload(key + (uint32_t)row, narrowed(s, wide));
    }
}

/* One error for each recorded spike of `step` of a population that takes errors, even if it is zero. */
void send_errors(population *s, const tick *t)
{
    const int32_t *at = s->inputs.neuron + s->inputs.first[t->step], *end = s->inputs.neuron + s->inputs.first[t->step + 1];
    if (at >= end)
        return;
    const int fit = !s->arithmetic.stochastic && differences(s);
    while (at < end) {
        const int32_t which = s->incoming.of_row[*at];
        const projection *p = s->incoming.all + which;
        const int32_t *run = at + 1; /* ends where a row of another projection comes */
        while (run < end && (s->projections == 1 || s->incoming.of_row[*run] == which))
            run = s->projections == 1 ? end : run + 1;
        const uint32_t key = make_key(ERROR, s->copy, p->population, 0) - (uint32_t)p->first_row;
        if (p->takes_errors && fit && has_few(s))
            send_errors_of_few(s, at, run, key);
        else if (p->takes_errors && fit)
            send_errors_of(s, at, run, key);
        else if (p->takes_errors)
            send_any_errors_of(s, at, run, key, t);
        at = run;
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
    const int32_t *at = s->inputs.neuron + s->inputs.first[step], *end = s->inputs.neuron + s->inputs.first[step + 1];
    if (at < end)
        add_gradient_rows(s, at, end);
}

/* In the copy's round, start a transfer to each optimizer PE that holds rows of this share's weights. */
void send_gradient(const population *s, int32_t turn)
{
    for (int32_t n = 0; n < s->slices && s->turn == turn; n++)
        if (s->transfer[n] >= 0)
            board_transfer(s->transfer[n], 0);
}
