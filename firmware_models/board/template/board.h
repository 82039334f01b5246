/* Template for a real PE: everything that touches hardware. Give the registers below their addresses in the linker script of your SDK, and
   check each function against its manual: names, order of writes and waiting are assumptions. Nothing else of the firmware is of a board. */
#ifndef BOARD_H
#define BOARD_H

/* Communications controller: a packet leaves when its key is written; `tx_full` is not 0 while it can take none. */
extern volatile uint32_t board_tx_full, board_tx_payload, board_tx_key, board_tx_key_with_payload;
/* DMA: a descriptor for each transfer of the plan lies in SRAM; a transfer starts when its descriptor's address is written. */
extern volatile uint32_t board_dma_start;
typedef struct {
    uint32_t source, destination, bytes, source_step; /* source_step: bytes from one row of a DRAM array to the next */
} descriptor;
extern descriptor board_descriptors[];
extern descriptor board_current;
/* Exponential accelerator: reading the result waits for it. */
extern volatile uint32_t board_exp_argument, board_exp_result;

static inline void board_send(uint32_t key)
{
    while (board_tx_full)
        ;
    board_tx_key = key;
}

static inline void board_send_payload(uint32_t key, int32_t payload)
{
    while (board_tx_full)
        ;
    board_tx_payload = (uint32_t)payload;
    board_tx_key_with_payload = key;
}

static inline void board_transfer(int32_t number, int32_t argument)
{
    board_current = board_descriptors[number];
    board_current.source += (uint32_t)argument * board_current.source_step;
    board_dma_start = (uint32_t)(uintptr_t)&board_current;
}

/* exp of z <= 0, from s16.15 to s0.31: the accelerator's own formats. */
static inline int32_t board_exp(int32_t z)
{
    board_exp_argument = (uint32_t)z;
    return (int32_t)board_exp_result;
}

/* A packet that nobody meant for this PE: count it here if you want to know. */
static inline void board_stray(const fifo *in, int32_t n) { (void)in, (void)n; }

#endif
