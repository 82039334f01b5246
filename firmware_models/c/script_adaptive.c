/* Neurons of scripts that adapt: LIF whose threshold rises with each spike and decays, and Izhikevich's. */
#include "script_neurons.h"

enum { ADP_DECAY = LIF_PARAMETERS, ADP_INC, T_REFRACT };
enum { RISE = V + 1, V_TH, RESTING };
/* Of Izhikevich's neuron: parameters, and the second state. */
enum { A, B, C, D, CURRENT };
enum { U = V + 1 };

static inline int alif(const float *restrict p, float *restrict x, float exc, float inh, uint64_t name)
{
    (void)name;
    float v = x[V];
    if (x[RESTING] > 0.0f)
        x[RESTING] = x[RESTING] - 1.0f;
    else
        v = integrate(p, v, exc, inh);
    float rise = x[RISE] * p[ADP_DECAY];
    const int fires = v >= p[THRESHOLD] + rise;
    if (fires) {
        v = reset_v(p, v);
        x[RESTING] = p[T_REFRACT];
        rise = rise + p[ADP_INC];
    }
    x[V] = v;
    x[RISE] = rise;
    x[V_TH] = p[THRESHOLD] + rise;
    return fires;
}

/* v in two half steps and u in one. */
static inline int izhikevich(const float *restrict p, float *restrict x, float exc, float inh, uint64_t name)
{
    (void)name;
    const float input = (exc - inh) + p[CURRENT];
    float v = x[V], u = x[U];
    for (int half = 0; half < 2; half++)
        v = v + 0.5f * ((((0.04f * v) * v + 5.0f * v) + 140.0f) - u + input);
    u = u + p[A] * (p[B] * v - u);
    const int fires = v >= 30.0f;
    x[V] = fires ? p[C] : v;
    x[U] = fires ? u + p[D] : u;
    return fires;
}

void step_alif(script *s, int32_t step) { step_neurons(s, step, alif); }

void step_izhikevich(script *s, int32_t step) { step_neurons(s, step, izhikevich); }
