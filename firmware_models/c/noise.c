/* The hash behind the random numbers of stochastic rounding. */
#include "noise.h"

/* One step of the hash. */
uint64_t mix(uint64_t state, uint64_t word)
{
    uint64_t z = state * 0x9E3779B97F4A7C15u + word + 0x632BE59BD9B4E019u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The stream of one quantity of a name. */
uint64_t noise_stream(const noise_name *name, int32_t quantity)
{
    uint64_t z = mix(mix(mix(0, (uint64_t)name->seed), (uint64_t)name->batch), (uint64_t)name->copy);
    return mix(mix(mix(z, (uint64_t)name->population), (uint64_t)name->step), (uint64_t)quantity);
}
