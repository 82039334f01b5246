/* The random numbers of stochastic rounding: a hash of what is rounded, so that a quantity gets the same bits on whichever PE it is
   rounded. The same numbers as firmware_models/fixedpoint.py (splitmix64's finalizer, Steele et al. 2014). */
#ifndef NOISE_H
#define NOISE_H
#include <stdint.h>

/* The quantities that are rounded. */
enum { OF_CURRENT, OF_DECAY, OF_DRIVE, OF_ADJOINT_CURRENT, OF_ADJOINT_DRIVE, OF_ADJOINT, OF_ERROR, OF_WEIGHT };

/* The part (by its seed), batch, copy, population and step in which something is rounded. */
typedef struct {
    int64_t seed, batch, copy, population, step;
} noise_name;

uint64_t mix(uint64_t state, uint64_t word);
uint64_t noise_stream(const noise_name *name, int32_t quantity);

/* What rounding adds before a shift: `shift` random bits of the stream at `word`. */
static inline int64_t noise(uint64_t stream, int32_t shift, int64_t word)
{
    return (int64_t)(mix(stream, (uint64_t)word) & (((uint64_t)1 << shift) - 1));
}

/* value * factor / 2^32 with 32 random bits at `word`. */
static inline int32_t scale_noisy(int32_t value, uint32_t factor, uint64_t stream, int32_t word)
{
    return (int32_t)(((int64_t)value * (int64_t)factor + noise(stream, 32, word)) >> 32);
}

#endif
