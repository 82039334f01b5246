/* Packet kinds and the fields of a 32-bit multicast key, as firmware_models/words.py has them. */
#ifndef KEYS_H
#define KEYS_H
#include <stdint.h>

enum { SPIKE, ERROR, WEIGHTS, GUARD };
enum { KIND_SHIFT = 30, COPY_SHIFT = 22, LAYER_SHIFT = 18, LAYER_MASK = 0xF, NEURON_MASK = 0x3FFFF };
/* Keys of the populations beyond the first 16 are wide: the mark stands where the two highest bits of the copy are, then other fields. */
enum { WIDE_SHIFT = 28, WIDE_MARK = 3, WIDE_COPY_SHIFT = 25, WIDE_LAYER_SHIFT = 13, WIDE_LAYER_MASK = 0xFFF, WIDE_NEURON_MASK = 0x1FFF };

static inline int32_t key_kind(uint32_t key) { return (int32_t)(key >> KIND_SHIFT); }

static inline int is_wide(uint32_t key) { return (~key & (uint32_t)WIDE_MARK << WIDE_SHIFT) == 0; }

static inline int32_t key_layer(uint32_t key)
{
    return (int32_t)(is_wide(key) ? key >> WIDE_LAYER_SHIFT & WIDE_LAYER_MASK : key >> LAYER_SHIFT & LAYER_MASK);
}

static inline int32_t key_neuron(uint32_t key) { return (int32_t)(key & (is_wide(key) ? WIDE_NEURON_MASK : NEURON_MASK)); }

static inline uint32_t make_key(uint32_t kind, int32_t copy, int32_t layer, int32_t neuron)
{
    if (layer > LAYER_MASK)
        return kind << KIND_SHIFT | (uint32_t)WIDE_MARK << WIDE_SHIFT | (uint32_t)copy << WIDE_COPY_SHIFT
            | (uint32_t)layer << WIDE_LAYER_SHIFT | (uint32_t)neuron;
    return kind << KIND_SHIFT | (uint32_t)copy << COPY_SHIFT | (uint32_t)layer << LAYER_SHIFT | (uint32_t)neuron;
}

#endif
