/* The state of a population's PE. Every field has the name of the field of firmware_models' PopulationState that it holds, or is named in
   spinn2sim/emulation/bindings.py. n is the number of neurons of the share, `stride` the words from one source's row to the next. */
#ifndef POPULATION_H
#define POPULATION_H
#include "graph.h"
#include "noise.h"
#include "record.h"

/* The scalars of the neuron equations: formats by fraction bits and raw bounds, factors with 32 fraction bits. */
typedef struct {
    int32_t steps, each, stochastic;
    uint32_t alpha, beta;
    int32_t threshold, weight_to_state_shift, product_to_error_shift, error_to_adjoint_shift, state_fraction;
    int32_t state_low, state_high, adjoint_low, adjoint_high, error_low, error_high;
} arithmetic;

/* A projection into the population: its source neurons are rows, one projection after the other. */
typedef struct {
    int32_t population, size, first_row, takes_errors;
} projection;

typedef struct {
    const projection *all;
    const int32_t *of_row; /* [rows], the number of its projection */
} projections;

typedef struct {
    int32_t first, size;
    const int64_t *alpha, *beta;           /* [n], if a.each */
    int32_t *current, *potential;          /* [n], I and V */
    int32_t *adjoint, *adjoint_current;    /* [n], lV and lI */
    int64_t *total;                        /* [n], scratch: sums beyond 32 bits; zero between wakes */
    int32_t *fired;                        /* [n], scratch: which neurons fired */
} neuron_arrays;

typedef struct {
    arithmetic arithmetic;
    int32_t population, copy, sources, stride, output, hears_errors, sends_errors, turn, slices, projections;
    projections incoming;
    neuron_arrays neurons;
    const int64_t *seed;    /* [1], the part's noise seed */
    const int64_t *push;    /* [n], what the guard "push" takes off gradients */
    const int32_t *transfer; /* [slices], numbers of the gradient transfers */
    const int32_t *weight;  /* [rows, stride] */
    int64_t *gradient;      /* [rows, stride] */
    spike_record inputs, own;
    int32_t *own_v_slope;   /* [own spikes], D */
    int32_t *loss_error, *first_spike, *spike_count; /* [n] */
    int64_t *received;      /* [n], scratch of the backward pass */
    uint8_t *expects_error; /* [n] */
    uint8_t *seen;          /* [rows] */
    int32_t *sum;           /* [n], scratch: sums of weights */
    int32_t *difference;    /* [n], scratch: lV - lI, times a power of two */
    /* Of a readout: [n], the highest or average voltage, the step of the highest, and the sum of an average; [T], each step's share. */
    int32_t *peak, *peak_step, averages;
    int64_t *average_sum;
    const int64_t *average;
    int64_t *saturated, *unrecorded, *spikes;
    /* Of graph_population_wake and graph_readout_wake alone. */
    const synapse_kind *kinds; /* [projections] */
    synapse_lists lists;
    delay_lines delays;
    int32_t *delay;          /* [delayed rows, stride], steps */
    int64_t *delay_gradient; /* [delayed rows, stride] if synapses learn delays */
    const int32_t *axon_delay; /* [delayed rows] if axons learn them: one delay for all synapses of a source neuron */
    int64_t *axon_gradient;
    int32_t rest_steps;      /* how long a neuron rests after a spike */
    int64_t *own_restart;    /* [own spikes], I at the neuron's restart, and on the way back its product with lV */
} population;

/* neurons.c: the equations of one step, for all neurons */
uint32_t integrate(population *s, const int32_t *sum);
uint32_t integrate_wide(population *s);
void decay_adjoints(population *s);
void store_adjoints(population *s);
int differences(const population *s);

/* noisy_neurons.c: the same with stochastic rounding */
uint64_t stream_of(const population *s, const tick *t, int32_t quantity);
uint32_t integrate_noisy(population *s, const tick *t, const int32_t *sum, int fit);
void decay_adjoints_noisy(population *s, const tick *t);
int64_t error_below_noisy(const population *s, int32_t row, uint64_t stream);

/* synapses.c: one row of weights */
int32_t add_one_row(const int32_t *row, int32_t shift, int32_t size, int32_t *sum);
int32_t add_shifted_weights(const int32_t *restrict row, int32_t shift, int32_t size, int32_t *restrict sum);
void add_weights_wide(const int32_t *restrict row, int32_t shift, int32_t size, int64_t *restrict total);
int64_t error_below_wide(const population *s, const int32_t *row);
void add_gradient(int64_t *row, int32_t size, const int32_t *adjoint_current);
void add_gradient_rows(const population *s, const int32_t *at, const int32_t *end);

/* population.c and readout.c: what their programs share with graph_population.c */
void clear_own(population *s);
void clear_answers(population *s);
void take_answers(population *s, int32_t step);
void take_answer_errors(population *s, const fifo *in);
void add_answer_errors(population *s, int32_t step);

/* own_spikes.c: what happens at own spikes */
void fire(population *s, int32_t step, uint32_t count);
void take_errors(population *s, const fifo *in, int32_t step);
void work_out_jumps(population *s, int32_t step);
void add_jumps(population *s, int32_t step);

/* inputs.c: what populations and readouts do with the spikes of their sources, forward and backward */
void clear_inputs(population *s);
uint32_t integrate_spikes(population *s, const fifo *in, const tick *t);
void send_errors(population *s, const tick *t);
void decay(population *s, const tick *t);
void add_gradients(population *s, int32_t step);
void send_gradient(const population *s, int32_t turn);

/* The neurons to which a source neuron's row has synapses: all of the share if `list` is 0. */
typedef struct {
    const int32_t *list;
    int32_t count;
} row_targets;

static inline int32_t target_of(row_targets to, int32_t n) { return to.list ? to.list[n] : n; }

/* listed_synapses.c: rows that are held as lists of targets */
row_targets targets_of(const population *s, const synapse_kind *kind, int32_t source);
int has_synapse(const population *s, int32_t row, int32_t j);
int32_t add_listed(const int32_t *row, row_targets to, int32_t shift, int32_t *sum);
void add_listed_wide(const int32_t *row, row_targets to, int32_t shift, int64_t *total);

/* chosen_synapses.c: errors and gradients of some synapses of a row */
void add_gradient_of_chosen(int64_t *row, const int32_t *list, int32_t count, const int32_t *adjoint_current);

/* delayed_synapses.c: rows that are sorted by delay, and the ring of sums for steps to come */
void sort_by_delay(const int32_t *delay, row_targets to, int32_t slots, int32_t *order, int32_t *start);
void sort_axon(int32_t axon_delay, int32_t *delay, int32_t size, row_targets to, int32_t slots, int32_t *order, int32_t *start);
void add_axon(population *s, const int32_t *weights, row_targets to, int32_t slot);
void add_delayed(population *s, const int32_t *weights, const int32_t *delay, row_targets to, int32_t slot);
int32_t add_due(const int64_t *due, int32_t size, int32_t *sum);
void add_due_wide(const int64_t *due, int32_t size, int64_t *total);

/* What a backward wake works out once, when the first error needs it: whether lV - lI fits into 32 bits, or the stream of random numbers. */
typedef struct {
    const tick *tick;
    int ready, fit;
    uint64_t stream;
} error_pass;
int64_t error_over(population *s, error_pass *pass, int32_t row, row_targets chosen, int64_t *gradient);

/* delayed_inputs.c: what a program does with delayed synapses in each phase */
void clear_delays(population *s);
void sort_delays(population *s);
void take_delayed_spike(population *s, const projection *p, const synapse_kind *kind, int32_t neuron, int32_t step);
int take_due(population *s, int32_t step);
void take_due_wide(population *s, int32_t step);
void end_due(population *s, int32_t step);
void add_delayed_errors(population *s, error_pass *pass);
void add_delayed_gradients(population *s, int32_t step);

/* graph_inputs.c: inputs.c for projections of all kinds */
uint32_t integrate_graph_spikes(population *s, const fifo *in, const tick *t);
void send_graph_errors(population *s, const tick *t);
void add_graph_gradients(population *s, int32_t step);

/* rests.c */
uint32_t hold_resting(population *s, int32_t step, uint32_t count);
void clear_restarts(population *s, int32_t first);
void restart_adjoints(population *s, int32_t step);
void work_out_restart_jumps(population *s, int32_t step);
void clear_restarted(population *s, int32_t step);

#endif
