"""The programs of a PE: input, population (spiking or readout), loss and optimizer. Each is a structure of arrays and one step kernel."""
