/* The state of a PE of a script's network: a spike list, or neurons of one model in float32. Every field has the name of the field of
   firmware_models' ScriptState that it holds, or is named in spinn2sim/emulation/script_binding.py. n is the number of neurons of the PE.
   docs/reference/scripts.md has the equations and the order of a tick. */
#ifndef SCRIPT_H
#define SCRIPT_H
#include "program.h"

/* Delays are 0 to 7 ticks; each slot of the ring has the sums of positive and of negative weights. */
enum { RING_SLOTS = 8, SLOT_MASK = RING_SLOTS - 1, SIGNS = 2 };
/* What a PE holds; the order is that of spinn2sim/emulation/script_binding.py. */
enum { SPIKE_LIST, LIF, LIF_CURR_EXP, ALIF, LIF_PROB, POISSON_PROCESS, IZHIKEVICH, LIF_FUGU };
/* A synapse is a word: |weight| 8 bits | delay 8 bits | 16 bits: the target, behind all targets if the weight is negative. */
enum { DELAY_SHIFT = 8, TARGET_SHIFT = 16, WEIGHT_MASK = 0xFF };

typedef struct {
    int64_t seed;
    int32_t model, population, first, size, sends, ticks;
    int32_t parameters, states;             /* the words of a row of `p` and of `x` */
    const float *p;                         /* [n, parameters] */
    float *x;                               /* [n, states] */
    int32_t *ring;                          /* [RING_SLOTS, SIGNS, n] */
    int32_t populations;
    const int64_t *base;                    /* [populations], the row of neuron 0 in row_first; -1: no synapse here */
    const int64_t *row_first;               /* [rows + 1], the first synapse of a row */
    const uint32_t *synapse;
    const int64_t *convolution_first;       /* [populations], the convolutions from it */
    const int64_t *convolution_last;
    const int64_t *convolution;             /* [convolutions, CONVOLUTION_FIELDS] */
    const int8_t *kernel;
    int64_t *next;                          /* [1], the next spike of a spike list */
    const int64_t *last;                    /* [1], the one behind its last */
    const int32_t *spike_tick, *spike_neuron;
    int32_t all_neurons;                    /* from one tick to the next in `fired` */
    uint8_t *fired;                         /* [tick, all_neurons] */
    int32_t trace_first, trace_last, columns;
    const int64_t *trace_state, *trace_column;
    float *traces;                          /* [tick, columns] */
} script;

/* script_convolution.c: add the weights of a source pixel to the ring's slot of this tick, in all targets whose window covers it */
void add_windows(const script *s, int32_t number, int32_t source, int32_t step);

/* One file for each family of models: a tick of all neurons of the PE. */
void step_lif(script *s, int32_t step);
void step_lif_curr_exp(script *s, int32_t step);
void step_alif(script *s, int32_t step);
void step_lif_prob(script *s, int32_t step);
void step_poisson_process(script *s, int32_t step);
void step_izhikevich(script *s, int32_t step);
void step_lif_fugu(script *s, int32_t step);

/* script.c: record a spike of a neuron of the PE, and send it if any PE listens */
void fire_neuron(script *s, int32_t step, int32_t neuron);

#endif
