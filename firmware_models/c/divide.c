/* Long division: the core divides 32 bits by 32, jumps of adjoints need 64 by 32. Own code rather than the compiler's library, which is slower
   and another one for each compiler. */
#include "fixed.h"

enum { DIGIT = 16, DIGIT_MASK = 0xFFFF };

/* numerator / denominator by two digits of 16 bits (Knuth 1997, volume 2, section 4.3.1, algorithm D); denominator >= 1. */
static uint64_t divide_long(uint64_t numerator, uint32_t denominator)
{
    uint32_t high = (uint32_t)(numerator >> 32), low = (uint32_t)numerator;
    if (high == 0)
        return low / denominator;
    uint32_t top = high / denominator, shift = (uint32_t)__builtin_clz(denominator), digits[2];
    high -= top * denominator;
    if (shift) { /* the first digit of the denominator must be at least half of what a digit can be */
        high = high << shift | low >> (32 - shift);
        low <<= shift;
        denominator <<= shift;
    }
    uint32_t first = denominator >> DIGIT, second = denominator & DIGIT_MASK;
    for (int32_t k = 0; k < 2; k++) {
        uint32_t next = k == 0 ? low >> DIGIT : low & DIGIT_MASK, digit = high / first, rest = high - digit * first;
        while (digit > DIGIT_MASK || digit * second > (rest << DIGIT | next)) { /* at most twice */
            digit--;
            rest += first;
            if (rest > DIGIT_MASK)
                break;
        }
        high = (high << DIGIT | next) - digit * denominator;
        digits[k] = digit;
    }
    return (uint64_t)top << 32 | digits[0] << DIGIT | digits[1];
}

/* `quotient` for any numbers. */
int64_t quotient_long(int64_t n, int32_t d)
{
    const int64_t top = 2 * n + d;
    const uint32_t bottom = 2 * (uint32_t)d;
    return top >= 0 ? (int64_t)divide_long((uint64_t)top, bottom) : -(int64_t)divide_long((uint64_t)-top + bottom - 1, bottom);
}
