"""Which source lines of compiled kernels take the time: samples of the processor's position, mapped to lines by the code's own tables."""
