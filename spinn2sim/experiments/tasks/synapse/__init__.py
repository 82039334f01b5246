"""One input spike on one neuron, by several schemes: times in units of tau = tau_mem = tau_syn, threshold 1. None of them learns."""
