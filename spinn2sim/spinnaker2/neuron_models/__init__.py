"""Classes of neuron models' programs on a board, whose attributes scripts set without effect."""
