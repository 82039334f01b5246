"""The modelled hardware: facts with their sources, packets, plans, the network, the engines; it knows no neuron, no file and no user."""
