/* Rows of synapses with delays, sorted by delay before a batch, and the ring of sums for steps to come. */
#include "population.h"

/* Sort the synapses of a row: those with delay d are order[start[d]] to order[start[d + 1] - 1], in rising order. */
void sort_by_delay(const int32_t *delay, row_targets to, int32_t slots, int32_t *order, int32_t *start)
{
    clear_words(start, (uint32_t)slots + 1);
    for (int32_t n = 0; n < to.count; n++)
        start[delay[target_of(to, n)] + 1]++;
    for (int32_t d = 0; d < slots; d++)
        start[d + 1] += start[d];
    for (int32_t n = 0; n < to.count; n++) { /* start[d] moves on to where the next delay begins */
        const int32_t j = target_of(to, n);
        order[start[delay[j]]++] = j;
    }
    for (int32_t d = slots; d > 0; d--)
        start[d] = start[d - 1];
    start[0] = 0;
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
