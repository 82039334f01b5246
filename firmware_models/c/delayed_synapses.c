/* Rows of synapses with delays, sorted by delay before a batch, and the ring of sums for steps to come. */
#include "population.h"

#define INLINE static inline __attribute__((always_inline))

/* `listed` is a constant, so that rows of targets and matrices have loops of their own. */
INLINE void sort_as(const int32_t *delay, row_targets to, int32_t slots, int32_t *order, int32_t *start, const int listed)
{
    const int32_t *list = to.list;
    clear_words(start, (uint32_t)slots + 1);
    for (int32_t n = 0; n < to.count; n++)
        start[delay[listed ? list[n] : n] + 1]++;
    int32_t before = 0;
    for (int32_t *at = start + 1, *end = at + slots; at < end; at++) {
        before += *at;
        *at = before;
    }
    for (int32_t n = 0; n < to.count; n++) { /* start[d] moves on to where the next delay begins */
        const int32_t j = listed ? list[n] : n;
        order[start[delay[j]]++] = j;
    }
    before = 0;
    for (int32_t *at = start, *end = at + slots; at <= end; at++) {
        const int32_t moved = *at;
        *at = before;
        before = moved;
    }
}

/* Sort the synapses of a row: those with delay d are order[start[d]] to order[start[d + 1] - 1], in rising order. */
void sort_by_delay(const int32_t *delay, row_targets to, int32_t slots, int32_t *order, int32_t *start)
{
    if (to.list)
        sort_as(delay, to, slots, order, start, 1);
    else
        sort_as(delay, to, slots, order, start, 0);
}

/* Sort the synapses of a row that all get the delay of their axon, where `size` neurons have a delay. `order` stays what it is once it is
   known, and of `start` only what lies between the old delay and the new one changes: without an old one all of it is 0. */
void sort_axon(int32_t axon_delay, int32_t *delay, int32_t size, row_targets to, int32_t slots, int32_t *order, int32_t *start)
{
    const int known = start[slots] == to.count;
    const int32_t old = known ? delay[0] : slots;
    if (known && old == axon_delay)
        return;
    for (int32_t n = 0; n < size; n++)
        delay[n] = axon_delay;
    for (int32_t d = old; d > axon_delay; d--)
        start[d] = to.count;
    for (int32_t d = old + 1; d <= axon_delay; d++)
        start[d] = 0;
    for (int32_t n = 0; n < to.count && !known; n++)
        order[n] = target_of(to, n);
}

INLINE void add_as(const int32_t *weights, row_targets to, int64_t *row, int32_t shift, const int listed)
{
    for (int32_t n = 0; n < to.count; n++) {
        const int32_t j = listed ? to.list[n] : n;
        row[j] += (int64_t)((uint64_t)(int64_t)weights[j] << shift);
    }
}

/* ring[slot, j] += weights[j] in the state format for each target j: the synapses of an axon, which act together. */
void add_axon(population *s, const int32_t *weights, row_targets to, int32_t slot)
{
    const int32_t shift = s->arithmetic.weight_to_state_shift;
    int64_t *row = s->delays.ring + (slot < s->delays.slots ? slot : slot - s->delays.slots) * s->stride;
    if (to.list)
        add_as(weights, to, row, shift, 1);
    else if (shift)
        add_as(weights, to, row, shift, 0);
    else
        add_as(weights, to, row, 0, 0);
}

/* ring[slot + delay[j] mod slots, j] += weights[j] in the state format for each target j. */
void add_delayed(population *s, const int32_t *weights, const int32_t *delay, row_targets to, int32_t slot)
{
    const int32_t slots = s->delays.slots, stride = s->stride, shift = s->arithmetic.weight_to_state_shift;
    int64_t *const ring = s->delays.ring;
    for (int32_t n = 0; n < to.count; n++) {
        const int32_t j = target_of(to, n), past = slot + delay[j], at = past >= slots ? past - slots : past;
        ring[at * stride + j] += (int64_t)((uint64_t)(int64_t)weights[j] << shift);
    }
}

/* sum[j] += due[j] in 32 bits. Returns 0 if one fits into no word; whether a sum left 32 bits is for overflow_seen to tell. */
int32_t add_due(const int64_t *due, int32_t size, int32_t *sum)
{
    int32_t lost = 0;
    for (int32_t j = 0; j < size; j++) {
        const int32_t word = (int32_t)due[j];
        lost |= (int32_t)(due[j] >> 32) ^ (word >> 31);
        sum[j] = add_sticky(sum[j], word);
    }
    return lost == 0;
}

void add_due_wide(const int64_t *due, int32_t size, int64_t *total)
{
    for (int32_t j = 0; j < size; j++)
        total[j] += due[j];
}
