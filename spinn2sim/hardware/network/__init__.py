"""The network as SimPy events: channels, event router, receive FIFOs, DRAM and DMA."""
