/* The equations of neurons.c for four neurons at a time, where words are of 32 bits and both factors are above 1/2 and the same for all
   neurons. Then neither V nor an adjoint can leave 32 bits: rnd(f a) + rnd((1 - f) b), both rounded to the nearest, ties up, is at most one
   more than the larger of a and b, and only if f a and (1 - f) b both end in 1/2; for the largest word 2^31 - 1, which is odd, that is f = 1/2
   alone. At the lower end sums of two errors above -1/2 stay above -1. */
#ifndef FOUR_NEURONS_H
#define FOUR_NEURONS_H
#include <stdint.h>

/* What a loop is given, in the order in which it loads it; `fired`, where it appends numbers of neurons, is changed. */
typedef struct {
    int32_t *current, *potential;
    uint32_t alpha, beta;
    int32_t groups; /* of four neurons */
    const int32_t *sum;
    int32_t threshold;
    int32_t *fired;
} four_neurons;

/* Forward without input. */
void integrate_fours(four_neurons *f);

/* Forward with the sums of weights; Q must be clear. Returns for how many neurons it is done: it stops before four of which an I leaves 32 bits. */
int32_t integrate_fours_with(four_neurons *f);

/* Backward: lI and lV. */
void decay_fours(int32_t *current, int32_t *adjoint, uint32_t alpha, uint32_t beta, int32_t groups);

#endif
