/* Where a wake returns to: the emulator ends the run when the core arrives here. */
void stop(void);

__attribute__((noinline, noreturn)) void stop(void)
{
    for (;;)
        ;
}
