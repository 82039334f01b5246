"""The programs of PEs: input, population (spiking or readout), loss and optimizer. Each is a structure of arrays and a step kernel."""
