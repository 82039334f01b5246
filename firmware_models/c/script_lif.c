/* LIF neurons of scripts whose input acts for one tick, or decays exponentially. */
#include "script_neurons.h"

enum { EXC_DECAY = LIF_PARAMETERS, INH_DECAY, T_REFRAC };
enum { EXC = V + 1, INH, SILENT };

static inline int lif(const float *restrict p, float *restrict x, float exc, float inh, uint64_t name)
{
    (void)name;
    const float v = integrate(p, x[V], exc, inh);
    const int fires = v >= p[THRESHOLD];
    x[V] = fires ? reset_v(p, v) : v;
    return fires;
}

/* While a neuron is refractory v stays, and is compared all the same. */
static inline int lif_curr_exp(const float *restrict p, float *restrict x, float exc, float inh, uint64_t name)
{
    (void)name;
    const float e = p[EXC_DECAY] * x[EXC] + exc, i = p[INH_DECAY] * x[INH] + inh;
    float v = x[V];
    x[EXC] = e;
    x[INH] = i;
    if (x[SILENT] > 0.0f)
        x[SILENT] = x[SILENT] - 1.0f;
    else
        v = integrate(p, v, e, i);
    const int fires = v >= p[THRESHOLD];
    if (fires) {
        v = reset_v(p, v);
        x[SILENT] = p[T_REFRAC];
    }
    x[V] = v;
    return fires;
}

void step_lif(script *s, int32_t step) { step_neurons(s, step, lif); }

void step_lif_curr_exp(script *s, int32_t step) { step_neurons(s, step, lif_curr_exp); }
