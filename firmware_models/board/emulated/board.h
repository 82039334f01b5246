/* The emulated board: devices are registers, of which the emulator keeps a log. A packet leaves when its key is written, a transfer starts
   when its number is. These addresses are no chip's. */
#ifndef BOARD_H
#define BOARD_H

typedef struct {
    volatile uint32_t payload, key, key_with_payload, argument, transfer, exponent, exponential;
} devices;
#define DEVICES ((devices *)0x40000000)

static inline void board_send(uint32_t key) { DEVICES->key = key; }

static inline void board_send_payload(uint32_t key, int32_t payload)
{
    DEVICES->payload = (uint32_t)payload;
    DEVICES->key_with_payload = key;
}

/* `argument` is the row of a DRAM array, if one end of the transfer is in DRAM. */
static inline void board_transfer(int32_t number, int32_t argument)
{
    DEVICES->argument = (uint32_t)argument;
    DEVICES->transfer = (uint32_t)number;
}

/* exp of z <= 0, from s16.15 to s0.31, by the accelerator. */
static inline int32_t board_exp(int32_t z)
{
    DEVICES->exponent = (uint32_t)z;
    return (int32_t)DEVICES->exponential;
}

/* Packet n of the FIFO was for nobody here. The simulator shows such packets; a chip may count them, or do nothing. */
static inline void board_stray(const fifo *in, int32_t n) { in->matched[n] = 0; }

#endif
