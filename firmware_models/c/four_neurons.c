/* The loops in which a population spends most of its time, in assembly for the same cycles with any compiler: eight loads in a row take nine
   cycles, each store one. A factor f above 1/2 is read as f - 1 by SMMLAR and SMMLSR, which add and subtract a product rounded once:
   SMMLAR of (a, f - 1) and a is rnd(f a), SMMLSR of (b, f - 1) adds rnd((1 - f) b). */
#include "four_neurons.h"

#include <stddef.h>

/* Functions of assembly alone, whose arguments are in r0 to r3. */
#define NAKED __attribute__((naked, noinline))
#define IN_REGISTER __attribute__((unused))

_Static_assert(offsetof(four_neurons, groups) == 16 && offsetof(four_neurons, sum) == 20, "the loops load these fields by their place");
_Static_assert(offsetof(four_neurons, threshold) == 24 && offsetof(four_neurons, fired) == 28, "and these");

#define LOAD_FOUR(at, a, b, c, d) "ldr " a ", [" at "]\n ldr " b ", [" at ", #4]\n ldr " c ", [" at ", #8]\n ldr " d ", [" at ", #12]\n"
#define STORE_FOUR(at, a, b, c, d) \
    "str " a ", [" at "], #4\n str " b ", [" at "], #4\n str " c ", [" at "], #4\n str " d ", [" at "], #4\n"
/* x = rnd(f x), and x += rnd((1 - f) y) */
#define SCALE_FOUR(f, a, b, c, d) \
    "smmlar " a ", " a ", " f ", " a "\n smmlar " b ", " b ", " f ", " b "\n smmlar " c ", " c ", " f ", " c "\n smmlar " d ", " d ", " f ", " d "\n"
#define DRAW_FOUR(f, a, b, c, d, p, q, r, s) \
    "smmlsr " a ", " p ", " f ", " a "\n smmlsr " b ", " q ", " f ", " b "\n smmlsr " c ", " r ", " f ", " c "\n smmlsr " d ", " s ", " f ", " d "\n"
/* Compare r9 to r12 with the threshold in a register: then gt if one of them is above. */
#define COMPARE_FOUR(threshold) "cmp r9, " threshold "\n ittt le\n cmple r10, " threshold "\n cmple r11, " threshold "\n cmple r12, " threshold "\n"
/* Append the numbers of those of four potentials that are above the threshold to the list whose end is in the structure at [sp]; r0 and r1 are
   behind the currents and potentials of the four. Changes r5 to r8. */
#define LIST_ONE(at, threshold) "ldr r5, [r1, #" at "]\n cmp r5, " threshold "\n it gt\n strgt r8, [r7], #4\n add r8, r8, #1\n"
#define LIST_FOUR(threshold)                                                                                                       \
    "ldr r6, [sp]\n ldr r7, [r6, #28]\n ldr r8, [r6]\n sub r8, r0, r8\n asr r8, r8, #2\n sub r8, r8, #4\n" LIST_ONE("-16", threshold)  \
        LIST_ONE("-12", threshold) LIST_ONE("-8", threshold) LIST_ONE("-4", threshold) "str r7, [r6, #28]\n"

/* Eight neurons in each turn; the first turn begins in its middle if the number of groups is odd. */
#define INTEGRATE_FOUR                                                                                                             \
    LOAD_FOUR("r0", "r5", "r6", "r7", "r8")                                                                                        \
    LOAD_FOUR("r1", "r9", "r10", "r11", "r12")                                                                                     \
    SCALE_FOUR("r2", "r5", "r6", "r7", "r8")                                                                                       \
    SCALE_FOUR("r3", "r9", "r10", "r11", "r12")                                                                                    \
    DRAW_FOUR("r3", "r9", "r10", "r11", "r12", "r5", "r6", "r7", "r8")                                                             \
    STORE_FOUR("r0", "r5", "r6", "r7", "r8") STORE_FOUR("r1", "r9", "r10", "r11", "r12")

NAKED void integrate_fours(four_neurons *f IN_REGISTER)
{
    __asm__ volatile("push {r0, r4-r11, lr}\n"
                     "ldr r4, [r0, #24]\n"
                     "ldr lr, [r0, #16]\n"
                     "ldm r0, {r0-r3}\n"
                     "tst lr, #1\n"
                     "bne 2f\n"
                     ".balign 4\n"
                     "1:\n" INTEGRATE_FOUR COMPARE_FOUR("r4")
                     "bgt 4f\n"
                     "2:\n" INTEGRATE_FOUR COMPARE_FOUR("r4")
                     "bgt 5f\n"
                     "3: subs lr, lr, #2\n"
                     "bgt 1b\n"
                     "pop {r0, r4-r11, pc}\n"
                     "4:\n" LIST_FOUR("r4")
                     "b 2b\n"
                     "5:\n" LIST_FOUR("r4")
                     "b 3b\n");
}

NAKED int32_t integrate_fours_with(four_neurons *f IN_REGISTER)
{
    __asm__ volatile("push {r0, r4-r11, lr}\n"
                     "ldr lr, [r0, #16]\n"
                     "ldr r4, [r0, #20]\n"
                     "ldm r0, {r0-r3}\n"
                     ".balign 4\n"
                     "1:\n" LOAD_FOUR("r0", "r5", "r6", "r7", "r8") LOAD_FOUR("r4", "r9", "r10", "r11", "r12")
                         SCALE_FOUR("r2", "r5", "r6", "r7", "r8")
                     "qadd r5, r5, r9\n qadd r6, r6, r10\n qadd r7, r7, r11\n qadd r8, r8, r12\n"
                     "mrs r9, apsr\n" /* Q is bit 27 */
                     "lsls r9, r9, #4\n"
                     "bmi 4f\n"
                     "add r4, r4, #16\n" LOAD_FOUR("r1", "r9", "r10", "r11", "r12") SCALE_FOUR("r3", "r9", "r10", "r11", "r12")
                         DRAW_FOUR("r3", "r9", "r10", "r11", "r12", "r5", "r6", "r7", "r8") STORE_FOUR("r0", "r5", "r6", "r7", "r8")
                     "ldr r5, [sp]\n"
                     "ldr r5, [r5, #24]\n" STORE_FOUR("r1", "r9", "r10", "r11", "r12") COMPARE_FOUR("r5")
                     "bgt 3f\n"
                     "2: subs lr, lr, #1\n"
                     "bne 1b\n"
                     "4: ldr r1, [sp]\n"
                     "ldr r1, [r1]\n"
                     "sub r0, r0, r1\n"
                     "asr r0, r0, #2\n"
                     "add sp, sp, #4\n"
                     "pop {r4-r11, pc}\n"
                     "3: mov r9, r5\n" LIST_FOUR("r9")
                     "b 2b\n");
}

/* lI = rnd(alpha lI) + rnd((1 - alpha) lV), lV = rnd(beta lV), eight neurons in each turn as above. Groups of zeros are not passed over: that
   would save a quarter of these cycles before the first error, but wakes would take what no sum over operations can tell. */
#define DECAY_FOUR                                                                                                                 \
    LOAD_FOUR("r0", "r5", "r6", "r7", "r8")                                                                                        \
    LOAD_FOUR("r1", "r9", "r10", "r11", "r12")                                                                                     \
    SCALE_FOUR("r2", "r5", "r6", "r7", "r8")                                                                                       \
    DRAW_FOUR("r2", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12") SCALE_FOUR("r3", "r9", "r10", "r11", "r12")                  \
        STORE_FOUR("r0", "r5", "r6", "r7", "r8") STORE_FOUR("r1", "r9", "r10", "r11", "r12")

NAKED void decay_fours(int32_t *current IN_REGISTER, int32_t *adjoint IN_REGISTER, uint32_t alpha IN_REGISTER, uint32_t beta IN_REGISTER,
                       int32_t groups IN_REGISTER)
{
    __asm__ volatile("push {r4-r11, lr}\n"
                     "ldr r4, [sp, #36]\n" /* the fifth argument, above nine registers */
                     "tst r4, #1\n"
                     "bne 2f\n"
                     ".balign 4\n"
                     "1:\n" DECAY_FOUR "2:\n" DECAY_FOUR "subs r4, r4, #2\n"
                     "bgt 1b\n"
                     "pop {r4-r11, pc}\n");
}
