/* The program of an input's PE: fetches its sample's spikes by DMA, and sends each of them in its step. */
#include "program.h"

enum { STEP_SHIFT = 16, INPUT_MASK = 0xFFFF };

typedef struct {
    int32_t copies, population, copy, transfer;
    int32_t *record; /* [1 + events], the count, then words step << 16 | input in the order of steps */
    int64_t *cursor, *spikes;
} input;

static void send_due(input *s, int32_t step)
{
    int32_t begin = (int32_t)*s->cursor, at = begin;
    const int32_t count = s->record[0], *event = s->record + 1;
    for (; at < count && event[at] >> STEP_SHIFT <= step; at++)
        board_send(make_key(SPIKE, s->copy, s->population, event[at] & INPUT_MASK));
    *s->spikes += at - begin;
    *s->cursor = at;
}

void input_wake(input *s, const fifo *in, const tick *t)
{
    refuse_all(in);
    if (t->phase == LOAD) {
        *s->cursor = 0;
        s->record[0] = 0;
        board_transfer(s->transfer, t->batch * s->copies + s->copy);
    } else if (t->phase == FORWARD)
        send_due(s, t->step);
}
