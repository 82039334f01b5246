/* Fills memory, eight words at a time, and what is left of them. */
#include "program.h"

void fill_words(void *array, uint32_t words, uint32_t value)
{
    uint32_t *at = array;
    for (; words >= 8; words -= 8, at += 8) {
        at[0] = value;
        at[1] = value;
        at[2] = value;
        at[3] = value;
        at[4] = value;
        at[5] = value;
        at[6] = value;
        at[7] = value;
    }
    for (; words; words--)
        *at++ = value;
}
