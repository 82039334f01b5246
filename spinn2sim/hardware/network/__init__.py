"""The network in motion: channels, event router, receive FIFOs, DRAM and DMA, as SimPy events."""
