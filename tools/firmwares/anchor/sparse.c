/* A workload of the kind for which the chip's paper publishes synaptic events per second: 1024 neurons with sparse inputs and delays on one
   core, written as the field writes it (Rhodes et al. 2018: a row of words with weight, delay and target for each source, a ring buffer of
   16 bits for each delay). No part of the firmware: it is built and counted by tools/firmware.py anchor alone. */
#include "fixed.h"

enum { NEURONS = 1024, DELAYS = 16, INDEX_BITS = 10, DELAY_SHIFT = 10, WEIGHT_SHIFT = 16 };

typedef struct {
    const uint32_t *row_of;  /* [sources + 1], where each source's words begin */
    const uint32_t *words;   /* weight << 16 | delay << 10 | target */
    int16_t *ring;           /* [DELAYS, NEURONS] */
    int32_t *current, *potential;
    uint32_t *fired;         /* [1 + NEURONS], their number and their numbers */
    uint32_t alpha, beta, step;
    int32_t threshold;
} sparse;

static void take_spike(const sparse *s, uint32_t source)
{
    int16_t *ring = s->ring;
    const uint32_t now = s->step << INDEX_BITS;
    for (const uint32_t *at = s->words + s->row_of[source], *end = s->words + s->row_of[source + 1]; at < end; at++)
        ring[(*at + now) & ((1u << (INDEX_BITS + 4)) - 1)] += (int16_t)(*at >> WEIGHT_SHIFT);
}

static void update_neurons(sparse *s)
{
    int16_t *due = s->ring + (s->step % DELAYS << INDEX_BITS);
    uint32_t count = 0;
    for (int32_t j = 0; j < NEURONS; j++) {
        const int32_t i = scale_large(s->current[j], s->alpha) + due[j];
        const int32_t u = scale_large(s->potential[j], s->beta) + scale_small(i, 0 - s->beta);
        due[j] = 0;
        s->current[j] = i;
        s->potential[j] = u > s->threshold ? 0 : u;
        if (u > s->threshold)
            s->fired[++count] = (uint32_t)j;
    }
    s->fired[0] = count;
}

/* One step of 1 ms: the spikes of the FIFO, then all neurons. */
void sparse_wake(sparse *s, const uint32_t *spikes, uint32_t count)
{
    for (uint32_t n = 0; n < count; n++)
        take_spike(s, spikes[n]);
    update_neurons(s);
}
