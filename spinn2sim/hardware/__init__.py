"""The modelled hardware: facts with their sources, packets, plans, the network, the engines; it knows no scenario and no trace."""
