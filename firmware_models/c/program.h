/* What all programs of a PE share. A program is one function, NAME_wake(state, fifo, tick), which the timer interrupt calls with what the
   event handler has put into the FIFO since the last tick. */
#ifndef PROGRAM_H
#define PROGRAM_H
#include "fixed.h"
#include "keys.h"

enum { LOAD, FORWARD, LOSS, BACKWARD, REDUCE, UPDATE };
/* Saturations are counted by quantity. */
enum { SAT_WEIGHT, SAT_STATE, SAT_ADJOINT, SAT_ERROR };

/* What a program learns of a timer interrupt. */
typedef struct {
    int32_t phase, step, batch;
} tick;

typedef struct {
    uint32_t key;
    int32_t payload;
} packet;

/* The FIFO as this wake found it. `matched` is the board's: it is told of packets that nobody meant for this PE. */
typedef struct {
    int32_t count;
    const packet *packets;
    uint8_t *matched;
} fifo;

/* Functions of their own: for what is rare, so that what is frequent finds more registers, and for short loops, to which all belong. */
#define RARE __attribute__((noinline))
#define APART __attribute__((noinline))

#include "board.h"

static inline void refuse_all(const fifo *in)
{
    for (int32_t n = 0; n < in->count; n++)
        board_stray(in, n);
}

void fill_words(void *array, uint32_t words, uint32_t value); /* fill.c */

static inline void clear_words(void *array, uint32_t words) { fill_words(array, words, 0); }

#endif
