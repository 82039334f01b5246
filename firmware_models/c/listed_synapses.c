/* Synapses that are held as rows of targets, for projections of which only some synapses exist. Weights and gradients have a place for each
   neuron of the share, of which only those of the targets are used. */
#include "population.h"

/* The targets of row `source`, counted within its projection. */
row_targets targets_of(const population *s, const synapse_kind *kind, int32_t source)
{
    const int32_t at = kind->first_listed + source;
    if (kind->listed)
        return (row_targets){s->lists.target + at * s->stride, s->lists.length[at]};
    return (row_targets){0, s->neurons.size};
}

/* Whether a synapse leads from a row to neuron j. */
int has_synapse(const population *s, int32_t row, int32_t j)
{
    const int32_t q = s->incoming.of_row[row];
    const row_targets to = targets_of(s, s->kinds + q, row - s->incoming.all[q].first_row);
    int found = to.list == 0;
    for (int32_t n = 0; n < to.count && !found; n++)
        found = to.list[n] == j;
    return found;
}

/* sum[j] += row[j] in the state format for each target j, in 32 bits; see add_weights. */
int32_t add_listed(const int32_t *row, row_targets to, int32_t shift, int32_t *sum)
{
    int32_t lost = 0;
    for (const int32_t *at = to.list, *end = at + to.count; at < end; at++) {
        const int32_t j = *at, word = (int32_t)((uint32_t)row[j] << shift);
        lost |= (word >> shift) ^ row[j];
        sum[j] = add_sticky(sum[j], word);
    }
    return lost == 0;
}

void add_listed_wide(const int32_t *row, row_targets to, int32_t shift, int64_t *total)
{
    for (int32_t n = 0; n < to.count; n++)
        total[to.list[n]] += (int64_t)((uint64_t)(int64_t)row[to.list[n]] << shift);
}
