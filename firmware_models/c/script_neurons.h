/* The loop over the neurons of a PE, which each model compiles with its own update in it, and what LIF models share.
   An update gets a neuron's rows of parameters and states, in the order of their declaration in firmware_models/programs/script_models.py,
   and returns whether the neuron fires. Each operation rounds once, and their order is that of the numba kernels. */
#ifndef SCRIPT_NEURONS_H
#define SCRIPT_NEURONS_H
#include "script.h"

typedef int update(const float *restrict p, float *restrict x, float exc, float inh, uint64_t name);

/* Parameters and the first state of all LIF models. */
enum { THRESHOLD, ALPHA, OFFSET, V_RESET, V_INIT, SUBTRACTS, LIF_PARAMETERS };
enum { V };

/* Let v decay, and add the input. */
static inline float integrate(const float *p, float v, float exc, float inh) { return v * p[ALPHA] + ((exc - inh) + p[OFFSET]); }

/* v of a neuron that fires, after its reset. */
static inline float reset_v(const float *p, float v) { return p[SUBTRACTS] != 0.0f ? v - p[THRESHOLD] : p[V_RESET]; }

/* The name of a neuron's random number in a tick (firmware_models/chance.py). */
static inline uint64_t name_of(int64_t seed, int32_t step, int32_t neuron)
{
    return (uint64_t)seed + ((uint64_t)(uint32_t)step << 18 | (uint32_t)neuron) * 0x9E3779B97F4A7C15u + 0x9E3779B97F4A7C15u;
}

/* The random number of a name: 24 bits in [0, 1), by the finalizer of splitmix64. */
static inline float uniform(uint64_t name)
{
    uint64_t word = (name ^ (name >> 30)) * 0xBF58476D1CE4E5B9u;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBu;
    return (float)(uint32_t)((word ^ (word >> 31)) >> 40) * 0x1p-24f;
}

/* Read and clear the ring's slot of this tick, update the neurons, and let those fire whose update says so. */
__attribute__((always_inline)) static inline void step_neurons(script *s, int32_t step, update *one)
{
    const int32_t size = s->size, parameters = s->parameters, states = s->states;
    int32_t *exc = s->ring + (step & SLOT_MASK) * SIGNS * size, *inh = exc + size;
    const float *p = s->p;
    float *x = s->x;
    for (int32_t j = 0; j < size; j++, p += parameters, x += states) {
        const float positive = (float)exc[j], negative = (float)inh[j];
        exc[j] = 0;
        inh[j] = 0;
        if (one(p, x, positive, negative, name_of(s->seed, step, s->first + j)))
            fire_neuron(s, step, j);
    }
}

#endif
