"""The chip in motion: channels, event router, FIFOs, DRAM and DMA, in SimPy; it never knows a neuron or a schedule."""
