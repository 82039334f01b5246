/* What a population's PE keeps for projections with delays, for projections that are held as rows of targets, and for neurons that rest
   after a spike. `stride` is the population's: the words from one row to the next. */
#ifndef GRAPH_H
#define GRAPH_H
#include <stdint.h>

/* What a projection is beyond `projection`. A delayed row is a source neuron of a projection with delays, a listed row one of a projection
   that is held as rows of targets. */
typedef struct {
    int32_t reach;        /* the longest delay, -1 without delays */
    int32_t line_of_row;  /* what is added to a row to get its delayed row */
    int32_t delay_max, first_delayed, learns_delays, axonal, listed, first_listed;
} synapse_kind;

typedef struct {
    int32_t slots;         /* the longest delay + 1 */
    int32_t rows, gradient_rows, axons; /* the rows of `order`, of `delay_gradient` and of `axon_gradient` */
    int32_t *order;        /* [rows, stride], neurons of the share in the order of their delays */
    int32_t *start;        /* [rows, slots + 1], where the neurons with each delay begin in `order` */
    int64_t *ring;         /* [slots, stride], sums of what acts in steps to come, in the state format */
    int32_t *last_step;    /* [1], the step of the last wake that took from the ring */
    int64_t *error_sum;    /* [capacity of the inputs' record], the error for each recorded spike so far */
} delay_lines;

typedef struct {
    int32_t rows;
    const int32_t *target; /* [rows, stride], local neurons in rising order */
    const int32_t *length; /* [rows], how many there are */
} synapse_lists;

#endif
