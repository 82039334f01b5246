/* Neurons of scripts that fire by chance. */
#include "script_neurons.h"

enum { FIRING_PROB = LIF_PARAMETERS };
enum { P, T_REF };
enum { PAUSE };
enum { F_V, F_SPIKE, F_RETAINS, F_BIAS, F_RESET, F_P, F_DELAY };
enum { LOW = V + 1, HIGH };

/* Fires by chance at its threshold. */
static inline int lif_prob(const float *restrict p, float *restrict x, float exc, float inh, uint64_t name)
{
    const float v = integrate(p, x[V], exc, inh);
    const int fires = v >= p[THRESHOLD] && uniform(name) < p[FIRING_PROB];
    x[V] = fires ? reset_v(p, v) : v;
    return fires;
}

/* Fires by chance, unless a spike was a short time ago. */
static inline int poisson_process(const float *restrict p, float *restrict x, float exc, float inh, uint64_t name)
{
    (void)exc, (void)inh;
    if (x[PAUSE] > 0.0f) {
        x[PAUSE] = x[PAUSE] - 1.0f;
        return 0;
    }
    const int fires = uniform(name) < p[P];
    if (fires)
        x[PAUSE] = p[T_REF];
    return fires;
}

/* A neuron of Fugu, whose spike leaves `delay` - 1 ticks after it fired: bit n of two states, 16 bits of each, is a spike that leaves in n
   ticks. Returns whether a spike leaves. */
static inline int lif_fugu(const float *restrict p, float *restrict x, float exc, float inh, uint64_t name)
{
    const float v = (x[V] + (exc - inh)) + p[F_BIAS];
    uint32_t waiting = (uint32_t)x[LOW] | (uint32_t)x[HIGH] << 16;
    if (v > p[F_SPIKE] && uniform(name) < p[F_P]) {
        x[V] = p[F_RESET];
        waiting |= 1u << ((uint32_t)p[F_DELAY] - 1);
    } else
        x[V] = v * p[F_RETAINS];
    x[LOW] = (float)(waiting >> 1 & 0xFFFF);
    x[HIGH] = (float)(waiting >> 17);
    return (int)(waiting & 1);
}

void step_lif_prob(script *s, int32_t step) { step_neurons(s, step, lif_prob); }

void step_poisson_process(script *s, int32_t step) { step_neurons(s, step, poisson_process); }

void step_lif_fugu(script *s, int32_t step) { step_neurons(s, step, lif_fugu); }
