"""One input spike on one neuron, by several numerical schemes: times in units of tau = tau_mem = tau_syn, threshold 1."""
