/* A PE's record of spikes by the step in which they were fired: those of step i are first[i] to first[i + 1] - 1. Steps are written in
   order, with gaps. */
#ifndef RECORD_H
#define RECORD_H
#include "program.h"

typedef struct {
    int32_t *first;     /* [T + 2] */
    int32_t *neuron;    /* [capacity] */
    int32_t *length;    /* [1], the spikes of all steps */
    int32_t *last_step; /* [1], the last step written */
    int32_t capacity;
} spike_record;

static inline void clear_record(const spike_record *r, int32_t steps)
{
    clear_words(r->first, (uint32_t)steps + 2);
    *r->length = 0;
    *r->last_step = 0;
}

/* Begin `step`: until end_step it has no spikes, like steps that are left out. */
static inline void begin_step(const spike_record *r, int32_t step)
{
    int32_t length = *r->length, last = *r->last_step;
    for (int32_t i = last + 1; i <= step; i++)
        r->first[i] = length;
    if (last < step)
        *r->last_step = step;
    r->first[step + 1] = length;
}

/* `step` has all spikes up to `length`. */
static inline void end_step(const spike_record *r, int32_t step, int32_t length)
{
    r->first[step + 1] = length;
    *r->length = length;
}

#endif
