/* Template for a real PE: the timer interrupt hands the FIFO to the program, and the core sleeps until the next one. The host writes the
   program's structure, its function and the schedule of ticks into SRAM before the start; the registers are assumptions, as in board.h. */
#include "program.h"

typedef void (*wake)(void *state, const fifo *in, const tick *t);

/* Written by the host. `board_schedule` has a tick for each interrupt of a batch. */
extern void *const board_state;
extern wake const board_program;
extern const tick board_schedule[];
extern const int32_t board_ticks;

/* The event handler writes packets behind `board_rx_end`; it wraps around at `board_rx_capacity`, which must be more than a tick's packets. */
extern volatile int32_t board_rx_begin, board_rx_end;
extern const packet board_rx_packets[];
extern const int32_t board_rx_capacity;
extern volatile uint32_t board_timer_clear;

static int32_t at, batch;

/* Copies what has come into `room`, since the FIFO may wrap around and a program takes it in one piece. */
static fifo take_packets(packet *room)
{
    int32_t begin = board_rx_begin, end = board_rx_end, count = 0;
    for (; begin != end; begin = begin + 1 == board_rx_capacity ? 0 : begin + 1)
        room[count++] = board_rx_packets[begin];
    board_rx_begin = end;
    return (fifo){count, room, 0};
}

void board_timer_interrupt(packet *room);

void board_timer_interrupt(packet *room)
{
    board_timer_clear = 1;
    fifo in = take_packets(room);
    tick now = board_schedule[at];
    now.batch = batch;
    board_program(board_state, &in, &now);
    if (++at == board_ticks) {
        at = 0;
        batch++;
    }
}
