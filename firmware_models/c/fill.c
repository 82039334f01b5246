/* Fills memory: 32 words in each turn, so that a word takes little more than the cycle of its store, and what is left of them. */
#include "program.h"

#define FOUR(n) at[n] = value, at[(n) + 1] = value, at[(n) + 2] = value, at[(n) + 3] = value

void fill_words(void *array, uint32_t words, uint32_t value)
{
    uint32_t *at = array;
    for (uint32_t *end = at + (words & ~31u); at != end; at += 32)
        FOUR(0), FOUR(4), FOUR(8), FOUR(12), FOUR(16), FOUR(20), FOUR(24), FOUR(28);
    for (uint32_t *end = at + (words & 28); at != end; at += 4)
        FOUR(0);
    for (uint32_t *end = at + (words & 3); at != end; at++)
        *at = value;
}
